import type { components, paths } from './schema.gen'

type Schemas = components['schemas']

export type Problem = Schemas['Problem']
export type Role = 'USER' | 'ADMIN' | 'AUDITOR'
export type Me = Schemas['AuthMe']
export type SignInProvider = Schemas['SigninProvider']
export type SignInWay = Schemas['SigninWay']
export type ClaimedDomain = Schemas['Domain']
export type LinkedIdentity = Schemas['SigninLinked']
export type SamlSettings = Schemas['SamlSettings']
export type DirectorySettings = Schemas['DirectorySettings']

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
  flows?: Record<string, { scopes?: Record<string, string> }>
}

export type ConnectionStatus =
  | 'IMPORTING'
  | 'ACTIVE'
  | 'FAILED'
  | 'UNREACHABLE'
  | 'CREDENTIALS_INVALID'
  | 'NEEDS_AUTHORISATION'

/** `servers` and `securitySchemes` come with one connection, not in lists. */
export type Connection = Schemas['Connection'] & {
  servers?: Server[]
  securitySchemes?: Record<string, SecurityScheme>
}
/** What an import cost, once; absent where the document was imported before that was kept. */
export type ImportFigures = Schemas['LibraryFigures']
/** How the validation report of a document stands; `state` is pending, done or unavailable. */
export type Report = Schemas['ReportSummary']
export type Limits = Schemas['ConnectionLimits']
export type Finding = Schemas['SpecWarning']
export type ConnectionInput = NonNullable<
  paths['/api/apis']['post']['requestBody']
>['content']['application/json']
export type AuthType = ConnectionInput['authType']
/** What is publicly documented of how one API is connected. */
export type Preset = Schemas['Preset']
export type OAuth = Schemas['ConnectionOAuth']
export type ClientCertificate = Schemas['ConnectionCertificateView']
export type TestResult = Schemas['CallTestResult']

export type OperationSummary = Schemas['ConnectionEndpointHit']
export type Operation = Schemas['ConnectionEndpoint']
export type Parameter = Schemas['ConnectionParameter']
/** `valid` is null where the document does not say what an answer looks like. */
export type TryResult = Omit<Schemas['CallTryResult'], 'valid'> & { valid: boolean | null }

export type Risk = 'read' | 'write' | 'irreversible'
/** True, false, or null for "the spec does not say". */
export type Check = Omit<Schemas['PlanCheck'], 'ok'> & { ok: boolean | null }
export type PlanStep = Omit<Schemas['PlanStep'], 'checks'> & { checks: Check[] }
export type Plan = Omit<Schemas['Plan'], 'steps'> & { steps: PlanStep[] }
/** Another plan that the goal may mean. */
export type Alternative = Schemas['PlanAlternative']
/** A step of one; a pause for a person has its summary only. */
export type Reading = Schemas['PlanReading']

export type WorkflowState = 'DRAFT' | 'ACTIVE' | 'INACTIVE'
export type Workflow = Schemas['Workflow']
export type Template = Schemas['GalleryCard']
export type WorkflowVersion = Schemas['WorkflowVersion']

export type Trigger = Schemas['Trigger']
/** A trigger as its maker sees it, once: with the secret that was generated. */
export type TriggerMade = Schemas['TriggerMade']
export type TriggerInput =
  paths['/api/workflows/{id}/triggers']['post']['requestBody']['content']['application/json']
export type TriggerDelivery = Schemas['TriggerDelivery']

/** What a rehearsal found. */
export type Rehearsal = Schemas['RehearseReport']
export type RehearsalStep = Schemas['RehearseStep']
export type RehearsalField = Schemas['RehearseField']
export type RehearsalSource = Schemas['RehearseSource']
export type RehearsalScenario = Schemas['RehearseScenario']

export type Execution = Schemas['Execution']
/** What became of many runs. */
export type Many = Schemas['ExecutionMany']
export type ExecutionDetail = Schemas['ExecutionDetail']
export type ExecutionStatus = 'PENDING' | 'RUNNING' | 'WAITING' | 'COMPLETED' | 'FAILED' | 'CANCELLED'
export type Step = Schemas['ExecutionStep']
export type StepState = 'RUNNING' | 'WAITING' | 'UNKNOWN' | 'COMPLETED' | 'FAILED' | 'CONTINUED' | 'CANCELLED'
export type Attempt = Schemas['ExecutionAttempt']
/** What waits for a person's decision. */
export type Question = Schemas['ExecutionQuestion']
/** How a run would go by another version. */
export type Comparison = Schemas['RehearseComparison']
/** One place at which two values differ; a side that has none is absent. */
export type Difference = Schemas['RehearseDifference']
export type RunFailure = Schemas['ExecutionFailure']

export type AuditRecord = Schemas['AuditRecord']
export type AuditSink = Schemas['Sink']
export type KeyStatus = Schemas['UpkeepKeyStatus']
export type DataKey = Schemas['UpkeepDataKey']
export type KeySweep = Schemas['UpkeepSweep']
export type CacheEntry = Schemas['LibraryEntry']
/** As API.md has it: the published document leaves the answer of this route open. */
export interface Health {
  status: 'ok' | 'degraded' | 'down'
  checks: Record<string, string>
  version: string
}
/** `successRate` is null until a run has ended. */
export type Stats = Omit<Schemas['Stats'], 'successRate'> & { successRate: number | null }
/** `used` is null where it is not counted, `limit` where there is none. */
export type UsageItem = Omit<Schemas['QuotaItem'], 'used' | 'limit'> & {
  used: number | null
  limit: number | null
}
export type UsageDay = Schemas['QuotaDay']
export type Usage = Omit<Schemas['QuotaUsage'], 'items'> & { items: UsageItem[] }
export type WorkspaceMembership = Schemas['WorkspaceMembership']
/** Proof that a workspace was deleted. */
export type Deletion = Schemas['IdentityDeletion']
export type Member = Schemas['MemberListed']
/** What a workspace asks of sessions. */
export type Policy = Schemas['Policy']
/** How long a workspace keeps what. */
export type Retention = Schemas['RetentionSettings']
export type RetentionItem = Schemas['RetentionItem']
