import type { Role, SignInProvider } from '@/lib/api/types'

/** A kind of provider, and what its admin is told. */
export interface Kind {
  id: string
  name: string
  issuer: string
  issuerHint: string
}

export const PROVIDERS: readonly Kind[] = [
  {
    id: 'okta',
    name: 'Okta',
    issuer: '',
    issuerHint: 'The URL of your organisation, https://example.okta.com',
  },
  {
    id: 'google',
    name: 'Google',
    issuer: 'https://accounts.google.com',
    issuerHint: 'Google has this one.',
  },
  {
    id: 'azure',
    name: 'Microsoft Entra ID',
    issuer: '',
    issuerHint: 'https://login.microsoftonline.com/, the id of your directory, /v2.0',
  },
  {
    id: 'generic',
    name: 'Other (OpenID Connect)',
    issuer: '',
    issuerHint: 'The URL below which it has /.well-known/openid-configuration',
  },
]

/** What the form holds; lists are text as people type them. */
export interface ProviderValues {
  name: string
  issuer: string
  clientId: string
  clientSecret: string
  domains: string
  claim: string
  roles: string
  defaultRole: Role
  jit: boolean
  enabled: boolean
  trustEmail: boolean
}

export const ROLES: readonly Role[] = ['USER', 'ADMIN', 'AUDITOR']

export function roleOf(value: string): Role {
  return ROLES.find((role) => role === value) ?? 'USER'
}

export function valuesOf(kind: Kind, provider?: SignInProvider): ProviderValues {
  return {
    name: provider?.name ?? '',
    issuer: provider?.issuer ?? kind.issuer,
    clientId: provider?.clientId ?? '',
    clientSecret: '',
    domains: (provider?.domains ?? []).join(', '),
    claim: provider?.claim ?? '',
    roles: linesOf(provider?.roles ?? {}),
    defaultRole: roleOf(provider?.defaultRole ?? 'USER'),
    jit: provider?.jit ?? true,
    enabled: provider?.enabled ?? true,
    trustEmail: provider?.trustEmail ?? false,
  }
}

/** A mapping as people type it. A line is "value = ROLE"; the last "=" divides, since values may hold one. */
export function rolesOf(text: string): Record<string, string> {
  const roles: Record<string, string> = {}
  for (const line of text.split('\n')) {
    const at = line.lastIndexOf('=')
    if (line.trim() === '') continue
    roles[(at < 0 ? line : line.slice(0, at)).trim()] =
      at < 0
        ? ''
        : line
            .slice(at + 1)
            .trim()
            .toUpperCase()
  }
  return roles
}

/** A mapping as people read it. */
export function linesOf(roles: Record<string, string>): string {
  return Object.entries(roles)
    .map(([value, role]) => `${value} = ${role}`)
    .join('\n')
}

/** A list as people type it. */
export function listOf(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean)
}

/** The request's body. */
export function bodyOf(values: ProviderValues, before?: SignInProvider) {
  return {
    name: values.name.trim(),
    issuer: values.issuer.trim(),
    clientId: values.clientId.trim(),
    ...(values.clientSecret && { clientSecret: values.clientSecret }),
    domains: listOf(values.domains),
    claim: values.claim.trim(),
    roles: rolesOf(values.roles),
    defaultRole: values.defaultRole,
    jit: values.jit,
    enabled: values.enabled,
    trustEmail: values.trustEmail,
    // Kept as they are: the form does not show them.
    scopes: before?.scopes ?? [],
    sessionHours: before?.sessionHours ?? 0,
  }
}
