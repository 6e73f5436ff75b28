import { createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CLIENT, type RunningProvider } from './provider'

/** What an answer has otherwise than it should: a provider by the book will not sign such tokens. */
export interface Wrong {
  /** Over the claims that are right. */
  claims?: Record<string, unknown>
  /** "none" signs nothing; "HS256" signs with the client's secret; "unknown key" with one that is not published. */
  signature?: 'none' | 'HS256' | 'unknown key'
  /** Issuer of the answer in the address bar (RFC 9207). */
  answeredBy?: string
}

export interface StrictProvider extends RunningProvider {
  /** How the answers from now on are wrong; {} has nothing wrong. */
  answer: (wrong: Wrong) => void
}

const KEY = 'of the tests'

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/**
 * A provider of OpenID Connect on loopback without pages: whoever comes is signed in as one person at once. Its ID
 * tokens can be made wrong in one point each.
 */
export async function startStrictProvider(email: string): Promise<StrictProvider> {
  const known = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const unknown = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const nonces = new Map<string, string>()
  let wrong: Wrong = {}
  const server = createServer((request, response) => void serve(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  function idToken(nonce: string): string {
    const now = Math.floor(Date.now() / 1000)
    const right = {
      iss: issuer,
      aud: CLIENT.id,
      sub: email,
      email,
      email_verified: true,
      name: 'Grace Hopper',
    }
    const claims = { ...right, nonce, iat: now, exp: now + 300, ...wrong.claims }
    const alg = wrong.signature === 'none' || wrong.signature === 'HS256' ? wrong.signature : 'ES256'
    const text = `${base64url({ alg, kid: KEY, typ: 'JWT' })}.${base64url(claims)}`
    if (alg === 'none') return `${text}.`
    if (alg === 'HS256')
      return `${text}.${createHmac('sha256', CLIENT.secret).update(text).digest('base64url')}`
    const key = (wrong.signature === 'unknown key' ? unknown : known).privateKey
    return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', issuer)
    const json = (body: unknown) => {
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify(body))
    }
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json({
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/keys`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['ES256'],
          authorization_response_iss_parameter_supported: true,
        })
      case '/keys':
        return json({
          keys: [{ ...known.publicKey.export({ format: 'jwk' }), kid: KEY, use: 'sig', alg: 'ES256' }],
        })
      case '/authorize': {
        const code = randomUUID()
        nonces.set(code, url.searchParams.get('nonce') ?? '')
        const back = new URL(url.searchParams.get('redirect_uri') ?? '')
        back.searchParams.set('code', code)
        back.searchParams.set('state', url.searchParams.get('state') ?? '')
        back.searchParams.set('iss', wrong.answeredBy ?? issuer)
        response.writeHead(302, { Location: back.href }).end()
        return
      }
      case '/token': {
        let body = ''
        for await (const chunk of request) body += chunk
        const code = new URLSearchParams(body).get('code') ?? ''
        const nonce = nonces.get(code)
        nonces.delete(code)
        if (nonce === undefined) {
          response.statusCode = 400
          return json({ error: 'invalid_grant' })
        }
        return json({
          access_token: randomUUID(),
          token_type: 'Bearer',
          expires_in: 300,
          id_token: idToken(nonce),
        })
      }
      default:
        response.statusCode = 404
        return json({ error: 'not_found' })
    }
  }

  return {
    issuer,
    answer: (next) => {
      wrong = next
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
