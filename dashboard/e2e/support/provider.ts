import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider, { type Account } from 'oidc-provider'

export const CLIENT = { id: 'apiq', secret: 'a secret of the client, long enough' }

/** Claims of people by what they type as their login; anybody else is verified under it. */
export type People = Record<string, Record<string, unknown>>

export interface RunningProvider {
  issuer: string
  stop: () => Promise<void>
}

/**
 * npm's oidc-provider on loopback, with its own pages of sign-in and consent, for one client of ours. coop sends
 * Cross-Origin-Opener-Policy, as large providers do: a window then loses its opener. logout is the client's metadata
 * for single logout.
 */
export async function startProvider(
  redirectUri: string,
  people: People = {},
  coop = false,
  logout: Record<string, unknown> = {},
): Promise<RunningProvider> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
        ...logout,
      },
    ],
    features: { backchannelLogout: { enabled: true }, deviceFlow: { enabled: true } },
    // As it comes it calls no loopback address, and we are at one.
    fetch: (url: string, { method, headers, body }: RequestInit) => fetch(url, { method, headers, body }),
    cookies: { keys: ['only for tests'] },
    pkce: { required: () => true },
    claims: { openid: ['sub', 'groups'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false,
    findAccount: async (_: unknown, id: string): Promise<Account> => ({
      accountId: id,
      claims: async () => ({ sub: id, email: id, email_verified: true, name: 'Grace Hopper', ...people[id] }),
    }),
  })
  const answer = provider.callback()
  server.on('request', (request, response) => {
    if (coop) response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
    answer(request, response)
  })
  return {
    issuer,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
