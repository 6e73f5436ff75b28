import { describe, expect, it } from 'vitest'
import { children, constraints, starter, typeLabel, types } from './json-schema'

describe('types', () => {
  it.each([
    [{ type: 'string' }, ['string']],
    [{ type: ['string', 'null'] }, ['string', 'null']],
    [{ type: 'string', nullable: true }, ['string', 'null']],
    [{ properties: { a: { type: 'string' } } }, ['object']],
    [{ items: {} }, ['array']],
    [{ type: 7 }, []],
  ])('reads %j', (schema, expected) => expect(types(schema)).toEqual(expected))
})

describe('typeLabel', () => {
  it.each([
    [{ $ref: '#/components/schemas/Pet' }, 'Pet'],
    [{ type: 'array', items: { type: 'integer' } }, 'list of integer'],
    [{ type: 'string', format: 'date' }, 'string (date)'],
    [{ oneOf: [{ type: 'string' }] }, 'one of'],
    [{}, 'any'],
  ])('names %j', (schema, label) => expect(typeLabel(schema)).toBe(label))
})

describe('constraints', () => {
  it('says limits in words', () => {
    expect(constraints({ minimum: 1, maxLength: 5, default: 'x' })).toEqual([
      'default "x"',
      '≥ 1',
      'length ≤ 5',
    ])
  })
  it('cuts long lists', () => {
    expect(constraints({ enum: [1, 2, 3, 4, 5, 6, 7, 8] })).toEqual(['one of 1, 2, 3, 4, 5, 6 and 2 more'])
  })
})

describe('children', () => {
  it('puts required properties first and looks into lists', () => {
    const schema = { type: 'array', items: { properties: { a: {}, b: { type: 'string' } }, required: ['b'] } }
    expect(children(schema).map(({ name, required }) => [name, required])).toEqual([
      ['b', true],
      ['a', false],
    ])
  })
})

describe('starter', () => {
  it('gives the required fields a value of their type', () => {
    const schema = {
      type: 'object',
      required: ['name', 'count', 'kind'],
      properties: {
        name: { type: 'string' },
        count: { type: 'integer', default: 3 },
        kind: { enum: ['a', 'b'] },
        more: { type: 'string' },
      },
    }
    expect(starter(schema)).toEqual({ name: '', count: 3, kind: 'a' })
  })

  it('ends on a schema that holds itself', () => {
    const loop: Record<string, unknown> = { type: 'object', required: ['self'] }
    loop.properties = { self: loop }
    expect(() => starter(loop)).not.toThrow()
  })
})
