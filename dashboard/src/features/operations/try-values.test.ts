import { describe, expect, it } from 'vitest'
import type { Operation } from '@/lib/api/types'
import { initialValues, parseTry } from './try-values'

const operation: Operation = {
  id: 'create',
  method: 'POST',
  path: '/things/{owner}',
  risk: 'write',
  effect: 'unsafe',
  baseUrl: 'http://x',
  security: [],
  responses: [],
  parameters: [
    { name: 'owner', in: 'path', required: true, schema: { type: 'string' } },
    { name: 'limit', in: 'query', required: false, schema: { type: 'integer' } },
    { name: 'tags', in: 'query', required: false, schema: { type: 'array', items: { type: 'string' } } },
  ],
  body: { required: true, mediaType: 'application/json', mediaTypes: ['application/json'], schema: {} },
  sample: { parameters: { owner: '007', limit: 3 }, body: { title: 'Hi' } },
}

describe('initialValues', () => {
  it('fills what is required from the sample and leaves the rest out', () => {
    const values = initialValues(operation)
    expect(values.parameters).toEqual({ 'path.owner': '007', 'query.limit': '', 'query.tags': '' })
    expect(JSON.parse(values.body)).toEqual({ title: 'Hi' })
  })
})

describe('parseTry', () => {
  it('sends typed values', () => {
    const parsed = parseTry(operation, {
      parameters: { 'path.owner': '007', 'query.limit': '5', 'query.tags': '["a"]' },
      body: '{"title":"Hi"}',
    })
    expect(parsed).toEqual({
      ok: true,
      request: { parameters: { owner: '007', limit: 5, tags: ['a'] }, body: { title: 'Hi' } },
    })
  })

  it('names each field that does not fit', () => {
    const parsed = parseTry(operation, {
      parameters: { 'query.limit': 'five', 'query.tags': 'a' },
      body: '{',
    })
    expect(parsed.ok).toBe(false)
    if (!parsed.ok)
      expect(Object.keys(parsed.faults)).toEqual(['path.owner', 'query.limit', 'query.tags', 'body'])
  })
})
