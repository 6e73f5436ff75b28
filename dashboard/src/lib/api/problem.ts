import type { Problem } from './types'

/** What a person is shown of a failure: what happened, what to do, and what to quote when asking for help. */
export interface Failure {
  title: string
  detail: string
  advice: string
  code: string
  status: number
  requestId: string | null
  fields: { path: string; message: string }[]
}

/** One sentence per code of the contract: what the person can do next. */
const ADVICE: Record<string, string> = {
  VALIDATION_FAILED: 'Correct the marked fields and send it again.',
  UNAUTHENTICATED: 'Sign in again to go on.',
  MFA_REQUIRED: 'Enter the code of your second factor.',
  FORBIDDEN: 'Your role may not do this. Ask an admin of the workspace.',
  NOT_FOUND: 'It may have been deleted, or it belongs to another workspace.',
  CONFLICT: 'Something with this name or state is in the way. Reload and look again.',
  IDEMPOTENCY_MISMATCH: 'The same request was sent with other content. Reload and try again.',
  VERSION_STALE: 'Someone changed it meanwhile. Reload, then make your change again.',
  PAYLOAD_TOO_LARGE: 'Send less at once.',
  RATE_LIMITED: 'Too many requests. Wait a moment, then try again.',
  QUOTA_EXCEEDED: 'The quota of this workspace is used up.',
  SPEC_UNREACHABLE: 'Check the URL in a browser. The audit log holds the cause.',
  SPEC_TIMEOUT: 'The server was too slow. Try again, or upload the document.',
  SPEC_INVALID: 'Use an OpenAPI 3.x or Swagger 2.0 document, in JSON or YAML.',
  SPEC_TOO_LARGE: 'The document is over the size limit of this installation.',
  EGRESS_BLOCKED: 'This address may not be called from here. An admin can allow it.',
  UPSTREAM_ERROR: 'The API answered with an error. Try again later.',
  UPSTREAM_TIMEOUT: 'The API did not answer in time. Try again later.',
  CREDENTIALS_INVALID: 'Check the credential of this connection.',
  REAUTHORIZE: 'The grant is gone: connect this account again.',
  PLAN_NOT_POSSIBLE: 'Say it differently, or connect the API that this needs.',
  PLANNER_UNAVAILABLE: 'The planner is out for the moment. Try again.',
  WORKFLOW_INVALID: 'Correct the document at the places named.',
  INTERNAL: 'Try again. If it stays, quote the request id to your admin.',
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'detail' in value
}

/** Turns whatever a request threw into something that can be shown. */
export function toFailure(error: unknown): Failure {
  if (isProblem(error)) {
    return {
      title: error.title || 'That did not work',
      detail: error.detail,
      advice: ADVICE[error.code] ?? 'Try again.',
      code: error.code,
      status: error.status,
      requestId: error.requestId || null,
      fields: (error.errors ?? []).map(({ path, message }) => ({ path, message })),
    }
  }
  if (error instanceof TypeError) {
    return {
      title: 'The server cannot be reached',
      detail: 'The request did not get an answer.',
      advice: 'Check that APIQ is running and that you are online, then try again.',
      code: 'NETWORK',
      status: 0,
      requestId: null,
      fields: [],
    }
  }
  return {
    title: 'That did not work',
    detail: error instanceof Error && error.message ? error.message : 'An unexpected answer came back.',
    advice: 'Try again. If it stays, reload the page.',
    code: 'UNKNOWN',
    status: 0,
    requestId: null,
    fields: [],
  }
}

/** True where asking again cannot help: the answer was final. */
export function isFinal(error: unknown): boolean {
  const { status } = toFailure(error)
  return status >= 400 && status < 500 && status !== 429
}

/** Whether one of a failure's problems has this code. */
export function hasProblem(error: unknown, code: string): boolean {
  return isProblem(error) && (error.errors ?? []).some((problem) => problem.code === code)
}

/** The message for one field of a form; paths are JSON Pointers into the body ("/email"). */
export function fieldMessage(error: unknown, field: string): string | undefined {
  if (!error) return undefined
  return toFailure(error).fields.find(({ path }) => path === `/${field}` || path === field)?.message
}
