import { describe, expect, it } from 'vitest'
import type { Preset } from '@/lib/api/types'
import {
  authConfig,
  documentScopes,
  fillVariable,
  fromPreset,
  keepsStored,
  missing,
  NO_AUTH,
  openVariables,
  suggestions,
  toggleScope,
} from './auth'

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
      ['grant', 'OAUTH'],
      ['grant token', 'BEARER'],
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
    [
      {
        ...NO_AUTH,
        kind: 'OAUTH' as const,
        clientSecret: 's',
        scopes: 'a b',
        oauth: { grant: 'authorization_code' as const, clientId: 'c', tokenUrl: '', pkce: false },
      },
      { grant: 'authorization_code', clientId: 'c', pkce: false, clientSecret: 's', scopes: ['a', 'b'] },
    ],
    [
      {
        ...NO_AUTH,
        kind: 'AWS_SIGV4' as const,
        aws: { accessKeyId: 'A', secretAccessKey: 's', sessionToken: '', region: 'r', service: 's3' },
      },
      { accessKeyId: 'A', secretAccessKey: 's', region: 'r', service: 's3' },
    ],
    [
      {
        ...NO_AUTH,
        kind: 'HMAC' as const,
        secret: 's',
        scheme: '{"template":"{body}","name":"X"}',
        headers: [{ name: 'K', value: 'v' }],
      },
      { secret: 's', scheme: { template: '{body}', name: 'X' }, headers: { K: 'v' } },
    ],
    [
      {
        ...NO_AUTH,
        kind: 'TOKEN_EXCHANGE' as const,
        exchange: {
          request: '{"url":"https://a.example"}',
          token: '/t',
          expiresIn: '',
          prefix: '',
          values: [{ name: 'k', value: 'v' }],
        },
      },
      {
        request: { url: 'https://a.example' },
        token: '/t',
        use: { in: 'header', name: 'Authorization', prefix: '' },
        values: { k: 'v' },
      },
    ],
  ])('sends only what was filled in', (values, expected) => expect(authConfig(values)).toEqual(expected))

  it('never sends the fields of another kind', () => {
    expect(authConfig({ ...NO_AUTH, kind: 'BEARER', token: 't', password: 'left over' })).toEqual({
      token: 't',
    })
  })
})

describe('presets', () => {
  const shop: Preset = {
    id: 'desk',
    name: 'Desk',
    category: 'Support',
    hosts: ['*.desk.example'],
    baseUrl: 'https://{place}.desk.example',
    helpUrl: 'https://desk.example',
    authType: 'OAUTH',
    oauth: {
      authorizeUrl: 'https://{place}.desk.example/a',
      tokenUrl: 'https://{place}.desk.example/t',
      pkce: false,
    },
    scopes: [
      { name: 'read', says: 'Read', default: true },
      { name: 'write', says: 'Write' },
    ],
  }

  it('fill the form, with the scopes that are asked for by default', () => {
    const values = fromPreset(shop)
    expect(values).toMatchObject({ kind: 'OAUTH', scopes: 'read', oauth: { pkce: false } })
    expect(openVariables(values.oauth)).toEqual(['place'])
    const filled = { ...values, oauth: { ...fillVariable(values.oauth, 'place', 'acme'), clientId: 'c' } }
    expect(filled.oauth).toMatchObject({ tokenUrl: 'https://acme.desk.example/t', pkce: false })
    expect(missing(filled)).toBeNull()
    expect(missing({ ...filled, oauth: { ...values.oauth, clientId: 'c' } })).not.toBeNull()
  })

  it('say where a key goes, and what stands before it', () => {
    const key = fromPreset({
      ...shop,
      authType: 'API_KEY',
      apiKey: { in: 'header', name: 'X-K', prefix: 'SSWS ' },
    })
    expect(key).toMatchObject({ kind: 'API_KEY', in: 'header', name: 'X-K', value: 'SSWS ' })
  })
})

describe('a stored credential', () => {
  it('stays where no new secret is typed', () => {
    const values = { ...NO_AUTH, kind: 'OAUTH' as const, oauth: { clientId: 'c' } }
    expect(keepsStored(values)).toBe(true)
    expect(keepsStored({ ...values, clientSecret: 's' })).toBe(false)
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
