import { describe, expect, it } from 'vitest'
import { authConfig, documentScopes, missing, NO_AUTH, suggestions, toggleScope } from './auth'

describe('suggestions', () => {
  it('turns the schemes of the document into forms', () => {
    const found = suggestions({
      key: { type: 'apiKey', in: 'query', name: 'api_key' },
      user: { type: 'http', scheme: 'Basic' },
      token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      grant: { type: 'oauth2' },
      cert: { type: 'mutualTLS' },
    })
    expect(found.map(({ scheme, values }) => [scheme, values.kind])).toEqual([
      ['key', 'API_KEY'],
      ['user', 'BASIC'],
      ['token', 'BEARER'],
      ['grant', 'BEARER'],
    ])
    expect(found[0]?.values).toMatchObject({ in: 'query', name: 'api_key' })
  })

  it('has none where the document has none', () => expect(suggestions(undefined)).toEqual([]))
})

describe('authConfig', () => {
  it.each([
    [{ ...NO_AUTH }, undefined],
    [
      { ...NO_AUTH, kind: 'API_KEY' as const, name: ' X-Key ', value: 's' },
      { in: 'header', name: 'X-Key', value: 's' },
    ],
    [{ ...NO_AUTH, kind: 'BEARER' as const, token: 't' }, { token: 't' }],
    [
      { ...NO_AUTH, kind: 'BEARER' as const, token: 't', scopes: ' read,  write read\n' },
      { token: 't', scopes: ['read', 'write'] },
    ],
    [{ ...NO_AUTH, kind: 'BASIC' as const, username: 'u', password: '' }, { username: 'u' }],
    [
      {
        ...NO_AUTH,
        kind: 'CUSTOM' as const,
        headers: [
          { name: 'A', value: '1' },
          { name: ' ', value: '2' },
        ],
      },
      { headers: { A: '1' } },
    ],
  ])('sends only what was filled in', (values, expected) => expect(authConfig(values)).toEqual(expected))

  it('never sends the fields of another kind', () => {
    expect(authConfig({ ...NO_AUTH, kind: 'BEARER', token: 't', password: 'left over' })).toEqual({
      token: 't',
    })
  })
})

describe('scopes', () => {
  it('are those of every flow, once, with what they are for', () => {
    const found = documentScopes({
      key: { type: 'apiKey' },
      grant: {
        type: 'oauth2',
        flows: {
          implicit: { scopes: { read: '', write: 'Change pets' } },
          authorizationCode: { scopes: { read: 'See pets' } },
          password: {},
        },
      },
    })
    expect(found).toEqual([
      { scope: 'read', about: 'See pets' },
      { scope: 'write', about: 'Change pets' },
    ])
    expect(documentScopes(undefined)).toEqual([])
  })

  it('are ticked and unticked in the text', () => {
    expect(toggleScope('', 'read')).toBe('read')
    expect(toggleScope('read write', 'read')).toBe('write')
    expect(toggleScope('read, write', 'admin')).toBe('read write admin')
  })
})

describe('missing', () => {
  it('asks for a key, a token, a user, a header', () => {
    for (const kind of ['API_KEY', 'BEARER', 'BASIC', 'CUSTOM'] as const) {
      expect(missing({ ...NO_AUTH, kind })).not.toBeNull()
    }
    expect(missing(NO_AUTH)).toBeNull()
  })
})
