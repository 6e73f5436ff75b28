import { describe, expect, it } from 'vitest'
import { bodyOf, type Kind, PROVIDERS, valuesOf } from './provider'

const kind = PROVIDERS[0] as Kind

describe('a provider as it is sent', () => {
  it('reads lists and the mapping as people type them', () => {
    const body = bodyOf({
      ...valuesOf(kind),
      clientId: ' a ',
      domains: 'example.com, corp.example\n',
      claim: 'groups',
      roles: 'admins = admin\n\ncn=look,dc=x=AUDITOR\nbare',
    })
    expect(body.clientId).toBe('a')
    expect(body.domains).toEqual(['example.com', 'corp.example'])
    expect(body.roles).toEqual({ admins: 'ADMIN', 'cn=look,dc=x': 'AUDITOR', bare: '' })
  })

  it('leaves an empty secret out, and keeps what the form does not show', () => {
    const before = {
      id: 'okta',
      name: 'Okta',
      issuer: 'https://corp.okta.com',
      clientId: 'a',
      scopes: ['email', 'groups'],
      domains: [],
      claim: 'groups',
      roles: { admins: 'ADMIN' },
      defaultRole: 'AUDITOR',
      jit: false,
      enabled: false,
      trustEmail: false,
      sessionHours: 8,
      redirectUri: '',
      signInUrl: '',
      signedOutUrl: '',
      backchannelLogoutUrl: '',
      createdAt: '',
      updatedAt: '',
      version: 3,
    }
    const body = bodyOf(valuesOf(kind, before), before)
    expect(body).not.toHaveProperty('clientSecret')
    expect(body).toMatchObject({
      scopes: ['email', 'groups'],
      sessionHours: 8,
      jit: false,
      enabled: false,
      defaultRole: 'AUDITOR',
      roles: { admins: 'ADMIN' },
    })
  })
})
