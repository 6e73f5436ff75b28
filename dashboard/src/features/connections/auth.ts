import type { ConnectionInput, SecurityScheme } from '@/lib/api/types'

/** The ways to sign in to an API that a person can fill in here. */
export const AUTH_KINDS = ['NONE', 'API_KEY', 'BEARER', 'BASIC', 'CUSTOM'] as const
export type AuthKind = (typeof AUTH_KINDS)[number]

export const AUTH_LABELS: Record<AuthKind, string> = {
  NONE: 'No sign-in',
  API_KEY: 'API key',
  BEARER: 'Bearer token',
  BASIC: 'User and password',
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
  headers: { name: string; value: string }[]
}

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
      found.push({
        scheme,
        label: AUTH_LABELS.BEARER,
        note: 'An OAuth access token',
        values: { ...NO_AUTH, kind: 'BEARER' },
      })
    }
  }
  return found
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
      return {
        headers: Object.fromEntries(
          values.headers.map(({ name, value }) => [name.trim(), value]).filter(([name]) => name !== ''),
        ),
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
  }
}
