import createClient, { type Middleware } from 'openapi-fetch'
import createQueryClient from 'openapi-react-query'
import type { paths } from './schema.gen'

type SessionListener = () => void
let onSessionEnd: SessionListener | null = null

/** Registers what happens when the server no longer knows the session. */
export function onUnauthenticated(listener: SessionListener): void {
  onSessionEnd = listener
}

type ProofAsker = () => Promise<boolean>
let askForProof: ProofAsker | null = null

/** Registers who asks a person to prove again who they are; false where they would not. */
export function onProofNeeded(asker: ProofAsker): void {
  askForProof = asker
}

let onFactorDue: SessionListener | null = null

/** Registers what happens when the workspace begins to ask for a second factor. */
export function onFactorNeeded(listener: SessionListener): void {
  onFactorDue = listener
}

/** What was sent, once more: a request can be sent only once. */
const copies = new WeakMap<Request, Request>()

/** What the session lacks for what it was refused, as a word. */
async function lacking(response: Response): Promise<string | undefined> {
  if (response.status !== 403) return undefined
  const problem: unknown = await response
    .clone()
    .json()
    .catch(() => null)
  const errors = (problem as { errors?: { path: string; code: string }[] } | null)?.errors ?? []
  return errors.find(({ path }) => path === 'session')?.code
}

function idempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

const conventions: Middleware = {
  onRequest({ request }) {
    // A repeat of the same request by the browser or a proxy must not act twice.
    if (request.method !== 'GET') request.headers.set('Idempotency-Key', idempotencyKey())
    copies.set(request, request.clone())
    return request
  },
  async onResponse({ request, response, schemaPath }) {
    // Nothing has happened yet: what was asked is asked again when the person has proven themselves.
    const again = copies.get(request)
    const lacks = await lacking(response)
    if (lacks === 'confirm' && again && askForProof && (await askForProof())) return globalThis.fetch(again)
    if (lacks?.startsWith('second_factor_')) onFactorDue?.()
    if (response.status === 401 && !schemaPath.startsWith('/api/auth/')) onSessionEnd?.()
    return undefined
  },
}

/** Typed fetch over the published contract; same origin, the session is an HttpOnly cookie. */
export const api = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? '',
  // Looked up at each call, so that a test can answer in the server's place.
  fetch: (request) => globalThis.fetch(request),
})
api.use(conventions)

/** The same contract as React Query hooks. */
export const $api = createQueryClient(api)
