import { afterEach, expect, test, vi } from 'vitest'
import { api, onProofNeeded } from './client'

const refusal = {
  success: false,
  code: 'FORBIDDEN',
  status: 403,
  errors: [{ path: 'session', code: 'confirm', message: 'Confirm that it is you.' }],
}

afterEach(() => vi.unstubAllGlobals())

function serve(...answers: [number, unknown][]) {
  const seen: { key: string | null; body: string }[] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    seen.push({ key: request.headers.get('Idempotency-Key'), body: await request.text() })
    const [status, body] = answers[seen.length - 1] ?? [500, {}]
    return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
  })
  return seen
}

test('what asks for a proof is sent again, as it was, when there is one', async () => {
  const seen = serve([403, refusal], [201, { success: true, data: { id: 'tok_1' } }])
  onProofNeeded(async () => true)
  const body = { name: 'CI', scopes: ['read'], expiresAt: '2030-01-01T00:00:00Z' }
  const { data } = await api.POST('/api/auth/tokens', { body })
  expect(data?.data.id).toBe('tok_1')
  expect(seen).toHaveLength(2)
  expect(seen[1]).toEqual(seen[0])
  expect(JSON.parse(seen[1]?.body ?? '')).toEqual(body)
})

test('without a proof, and for any other refusal, the answer stays what it was', async () => {
  const asked = vi.fn(async () => false)
  onProofNeeded(asked)
  serve([403, refusal])
  expect((await api.POST('/api/auth/mfa/recovery')).error).toEqual(refusal)
  expect(asked).toHaveBeenCalledTimes(1)
  const role = { ...refusal, errors: [] }
  const seen = serve([403, role])
  expect((await api.POST('/api/auth/mfa/recovery')).error).toEqual(role)
  expect(asked).toHaveBeenCalledTimes(1)
  expect(seen).toHaveLength(1)
})
