import type { components, paths } from './schema.gen'

type Schemas = components['schemas']

export type Problem = Schemas['Problem']
export type Role = 'USER' | 'ADMIN' | 'AUDITOR'
export type Me = Schemas['AuthMe']

/** How a connection is reached, as the document itself says it. */
export interface Server {
  url: string
  description?: string
  variables?: Record<string, { default: string; enum?: string[] }>
}

export interface SecurityScheme {
  type: string
  description?: string
  in?: string
  name?: string
  scheme?: string
  bearerFormat?: string
}

export type ConnectionStatus = 'IMPORTING' | 'ACTIVE' | 'FAILED' | 'UNREACHABLE' | 'CREDENTIALS_INVALID'

/** `servers` and `securitySchemes` come with one connection, not in lists. */
export type Connection = Schemas['Connection'] & {
  servers?: Server[]
  securitySchemes?: Record<string, SecurityScheme>
}
export type ConnectionInput = NonNullable<
  paths['/api/apis']['post']['requestBody']
>['content']['application/json']
export type AuthType = ConnectionInput['authType']
export type TestResult = Schemas['ConnectionTestResult']

export type OperationSummary = Schemas['SpecSummary']
export type Operation = Schemas['ConnectionEndpoint']
export type Parameter = Schemas['ConnectionParameter']
export type TryResult = Omit<Schemas['ConnectionTryResult'], 'valid'> & { valid: boolean | null }

export type Risk = 'read' | 'write' | 'irreversible'
/** True, false, or null for "the spec does not say". */
export type Check = Omit<Schemas['ChatCheck'], 'ok'> & { ok: boolean | null }
export type PlanStep = Omit<Schemas['ChatStep'], 'checks'> & { checks: Check[] }
export type Plan = Omit<Schemas['ChatPlan'], 'steps'> & { steps: PlanStep[] }

export type Workflow = Schemas['Workflow']
export type WorkflowSummary = Schemas['WorkflowSummary']
export type WorkflowVersion = Schemas['WorkflowVersion']

export type Execution = Schemas['Execution']
export type ExecutionDetail = Schemas['ExecutionDetail']
export type ExecutionStatus = Execution['status']
export type Step = Schemas['ExecutionStep']
export type Attempt = Schemas['ExecutionAttempt']
export type RunFailure = Schemas['ExecutionFailure']
export type RunEvent = Schemas['ExecutionEvent']

export type AuditRecord = Schemas['AuditRecord']
export type CacheEntry = Schemas['SystemCacheEntry']
export type Health = Schemas['SystemHealth']
export type Stats = Schemas['SystemStats']
export type Member = Schemas['IdentityMember']
