import type { ConnectionInput, OAuth, Preset, SecurityScheme } from '@/lib/api/types'

/** The ways to sign in to an API that a person can fill in here. */
export const AUTH_KINDS = [
  'NONE',
  'API_KEY',
  'BEARER',
  'BASIC',
  'OAUTH',
  'TOKEN_EXCHANGE',
  'AWS_SIGV4',
  'HMAC',
  'CUSTOM',
] as const
export type AuthKind = (typeof AUTH_KINDS)[number]

export const AUTH_LABELS: Record<AuthKind, string> = {
  NONE: 'No sign-in',
  API_KEY: 'API key',
  BEARER: 'Bearer token',
  BASIC: 'User and password',
  OAUTH: 'OAuth: connect an account',
  TOKEN_EXCHANGE: 'Token for credentials',
  AWS_SIGV4: 'AWS signature',
  HMAC: 'Signed requests (HMAC)',
  CUSTOM: 'Own headers',
}

export interface AuthValues {
  kind: AuthKind
  in: 'header' | 'query' | 'cookie'
  name: string
  value: string
  token: string
  /** Those that the token was granted, with spaces between them. */
  scopes: string
  username: string
  password: string
  headers: Row[]
  /** How a grant is obtained; what the form has no field for goes along as it came. */
  oauth: OAuth
  clientSecret: string
  aws: Record<'accessKeyId' | 'secretAccessKey' | 'sessionToken' | 'region' | 'service', string>
  /** HMAC: the secret, and the scheme as JSON. */
  secret: string
  scheme: string
  exchange: {
    /** The request as JSON. */
    request: string
    token: string
    expiresIn: string
    prefix: string
    values: Row[]
  }
}

export interface Row {
  name: string
  value: string
}

const SCHEME = `{
  "template": "{timestamp}{method}{target}{body}",
  "name": "X-Signature",
  "timestamp": { "name": "X-Timestamp" }
}`

const REQUEST = `{
  "url": "https://",
  "body": { "username": "{{username}}", "password": "{{password}}" }
}`

export const NO_AUTH: AuthValues = {
  kind: 'NONE',
  in: 'header',
  name: '',
  value: '',
  token: '',
  scopes: '',
  username: '',
  password: '',
  headers: [{ name: '', value: '' }],
  oauth: { grant: 'authorization_code' },
  clientSecret: '',
  aws: { accessKeyId: '', secretAccessKey: '', sessionToken: '', region: '', service: '' },
  secret: '',
  scheme: SCHEME,
  exchange: {
    request: REQUEST,
    token: '/access_token',
    expiresIn: '/expires_in',
    prefix: 'Bearer ',
    values: [{ name: '', value: '' }],
  },
}

export interface Suggestion {
  scheme: string
  label: string
  note: string
  values: AuthValues
}

function place(value: string | undefined): AuthValues['in'] {
  return value === 'query' || value === 'cookie' ? value : 'header'
}

/** What the spec's own security schemes ask for, as forms to fill in. */
export function suggestions(schemes: Record<string, SecurityScheme> | undefined): Suggestion[] {
  const found: Suggestion[] = []
  for (const [scheme, it] of Object.entries(schemes ?? {})) {
    const type = it.type.toLowerCase()
    if (type === 'apikey') {
      found.push({
        scheme,
        label: AUTH_LABELS.API_KEY,
        note: `${it.name ?? 'key'} in the ${place(it.in)}`,
        values: { ...NO_AUTH, kind: 'API_KEY', in: place(it.in), name: it.name ?? '' },
      })
    } else if (type === 'http' && it.scheme?.toLowerCase() === 'basic') {
      found.push({
        scheme,
        label: AUTH_LABELS.BASIC,
        note: 'HTTP Basic',
        values: { ...NO_AUTH, kind: 'BASIC' },
      })
    } else if (type === 'http') {
      found.push({
        scheme,
        label: AUTH_LABELS.BEARER,
        note: it.bearerFormat ?? 'HTTP Bearer',
        values: { ...NO_AUTH, kind: 'BEARER' },
      })
    } else if (type === 'oauth2' || type === 'openidconnect') {
      if (type === 'oauth2') {
        found.push({
          scheme,
          label: 'OAuth',
          note: 'connect an account',
          values: { ...NO_AUTH, kind: 'OAUTH', oauth: { grant: grantOf(it) } },
        })
      }
      found.push({
        scheme: `${scheme} token`,
        label: AUTH_LABELS.BEARER,
        note: 'An OAuth access token',
        values: { ...NO_AUTH, kind: 'BEARER' },
      })
    }
  }
  return found
}

/** A flow of the document that needs no person, where it has no other. */
function grantOf(scheme: SecurityScheme): OAuth['grant'] {
  const flows = Object.keys(scheme.flows ?? {})
  const machine = flows.includes('clientCredentials') || flows.includes('application')
  return machine && !flows.includes('authorizationCode') && !flows.includes('accessCode')
    ? 'client_credentials'
    : 'authorization_code'
}

/** The form with what is known of an API. Variables of its addresses stay to be filled. */
export function fromPreset(preset: Preset): AuthValues {
  const kind = AUTH_KINDS.find((known) => known === preset.authType) ?? 'NONE'
  const rows = [...(preset.headers ?? [])].map(({ name }) => ({ name, value: '' }))
  return {
    ...NO_AUTH,
    kind,
    in: place(preset.apiKey?.in),
    name: preset.apiKey?.name ?? '',
    value: preset.apiKey?.prefix ?? '',
    scopes: (preset.scopes ?? [])
      .filter((scope) => scope.default)
      .map(({ name }) => name)
      .join(' '),
    headers: rows.length > 0 ? rows : NO_AUTH.headers,
    oauth: { grant: 'authorization_code', ...preset.oauth },
    aws: { ...NO_AUTH.aws, service: preset.aws?.service ?? '' },
    scheme: preset.scheme ? JSON.stringify(preset.scheme, null, 2) : NO_AUTH.scheme,
  }
}

/** The names of the {variables} that are still in the addresses of a grant. */
export function openVariables(oauth: OAuth): string[] {
  const found = Object.values(oauth).flatMap((value) =>
    typeof value === 'string' ? [...value.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '') : [],
  )
  return [...new Set(found)]
}

/** The addresses with one of their variables filled. */
export function fillVariable(oauth: OAuth, name: string, value: string): OAuth {
  return Object.fromEntries(
    Object.entries(oauth).map(([field, it]) => [
      field,
      typeof it === 'string' ? it.replaceAll(`{${name}}`, value) : it,
    ]),
  )
}

function isJSON(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function named(rows: Row[]): Record<string, string> {
  return Object.fromEntries(
    rows.map(({ name, value }) => [name.trim(), value]).filter(([name]) => name !== ''),
  )
}

/** The scopes of a text, each once. */
export function scopeList(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter((scope) => scope !== ''))]
}

/** The text with a scope more, or less where it is there. */
export function toggleScope(text: string, scope: string): string {
  const list = scopeList(text)
  return (list.includes(scope) ? list.filter((other) => other !== scope) : [...list, scope]).join(' ')
}

/** The scopes that the document's schemes know, with what each is for, in its order. */
export function documentScopes(
  schemes: Record<string, SecurityScheme> | undefined,
): { scope: string; about: string }[] {
  const found = new Map<string, string>()
  for (const { flows } of Object.values(schemes ?? {})) {
    for (const { scopes } of Object.values(flows ?? {})) {
      for (const [scope, about] of Object.entries(scopes ?? {})) {
        if (!found.get(scope)) found.set(scope, about)
      }
    }
  }
  return [...found].map(([scope, about]) => ({ scope, about }))
}

/** The contract's `authConfig`; a field left empty is not sent. */
export function authConfig(values: AuthValues): ConnectionInput['authConfig'] {
  const filled = (fields: Record<string, string>) =>
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
  switch (values.kind) {
    case 'NONE':
      return undefined
    case 'API_KEY':
      return filled({ in: values.in, name: values.name.trim(), value: values.value })
    case 'BEARER':
      return {
        ...filled({ token: values.token }),
        ...(scopeList(values.scopes).length > 0 ? { scopes: scopeList(values.scopes) } : {}),
      }
    case 'BASIC':
      return filled({ username: values.username, password: values.password })
    case 'CUSTOM':
      return { headers: named(values.headers) }
    case 'OAUTH': {
      const given = Object.entries(values.oauth).filter(([, value]) => value !== '')
      return {
        ...Object.fromEntries(given),
        ...filled({ clientSecret: values.clientSecret }),
        ...(scopeList(values.scopes).length > 0 ? { scopes: scopeList(values.scopes) } : {}),
      }
    }
    case 'AWS_SIGV4':
      return filled(values.aws)
    case 'HMAC': {
      const headers = named(values.headers)
      return {
        secret: values.secret,
        scheme: JSON.parse(values.scheme),
        ...(Object.keys(headers).length > 0 ? { headers } : {}),
      }
    }
    case 'TOKEN_EXCHANGE':
      return {
        request: JSON.parse(values.exchange.request),
        ...filled({ token: values.exchange.token, expiresIn: values.exchange.expiresIn }),
        use: { in: values.in, name: values.name || 'Authorization', prefix: values.exchange.prefix },
        values: named(values.exchange.values),
      }
  }
}

/** What is missing before it can be saved, in words; null when nothing is. */
export function missing(values: AuthValues): string | null {
  switch (values.kind) {
    case 'NONE':
      return null
    case 'API_KEY':
      return values.name.trim() && values.value ? null : 'Enter the name and the value of the key.'
    case 'BEARER':
      return values.token ? null : 'Enter the token.'
    case 'BASIC':
      return values.username ? null : 'Enter the user name.'
    case 'CUSTOM':
      return values.headers.some(({ name, value }) => name.trim() && value)
        ? null
        : 'Enter at least one header.'
    case 'OAUTH':
      if (!values.oauth.clientId) return 'Enter the client id.'
      return openVariables(values.oauth).length > 0 ? 'Fill in what the addresses leave open.' : null
    case 'AWS_SIGV4':
      return values.aws.accessKeyId && values.aws.secretAccessKey && values.aws.region && values.aws.service
        ? null
        : 'Enter the key, its secret, the region and the service.'
    case 'HMAC':
      if (!values.secret) return 'Enter the secret that requests are signed with.'
      return isJSON(values.scheme) ? null : 'The scheme is not JSON.'
    case 'TOKEN_EXCHANGE':
      if (!values.exchange.values.some(({ name, value }) => name.trim() && value))
        return 'Enter at least one value.'
      return isJSON(values.exchange.request) ? null : 'The request is not JSON.'
  }
}

/** A stored client secret stays where none is typed: then nothing of the credential is sent. */
export function keepsStored(values: AuthValues): boolean {
  return missing(values) !== null || (values.kind === 'OAUTH' && values.clientSecret === '')
}
