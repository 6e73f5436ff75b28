import { describe, expect, it } from 'vitest'
import { documentSteps, inputFields, parseInputs } from './document'

const document = {
  apiq: '1',
  input: {
    type: 'object',
    required: ['paymentId'],
    properties: {
      paymentId: { type: 'string', description: 'Which one' },
      limit: { type: 'integer', default: 5 },
      flags: { type: ['object', 'null'] },
    },
  },
  steps: [
    { id: 'payment', type: 'api_call', connection: 'con_1', operation: 'get' },
    {
      id: 'big',
      type: 'condition',
      // biome-ignore lint/suspicious/noThenProperty: the document's own word
      then: [{ id: 'each', type: 'loop', do: [{ id: 'call', type: 'api_call' }] }],
      else: [{ id: 'stop', type: 'fail' }],
    },
    {
      id: 'both',
      type: 'parallel',
      branches: { left: [{ id: 'l', type: 'wait' }] },
      onError: [{ id: 'undo', type: 'wait' }],
    },
  ],
}

describe('documentSteps', () => {
  it('walks every lane in order', () => {
    expect(documentSteps(document).map(({ id, depth, lane }) => [id, depth, lane])).toEqual([
      ['payment', 0, undefined],
      ['big', 0, undefined],
      ['each', 1, 'then'],
      ['call', 2, 'for each'],
      ['stop', 1, 'else'],
      ['both', 0, undefined],
      ['l', 1, 'left'],
      ['undo', 1, 'on error'],
    ])
  })

  it.each([null, undefined, 'x', { steps: 'no' }, { steps: [null, 3] }])('finds nothing in %j', (value) => {
    expect(documentSteps(value)).toEqual([])
  })
})

describe('inputs', () => {
  const fields = inputFields(document)

  it('asks for what the document declares', () => {
    expect(fields.map(({ name, type, required, initial }) => [name, type, required, initial])).toEqual([
      ['paymentId', 'string', true, ''],
      ['limit', 'integer', false, '5'],
      ['flags', 'object', false, ''],
    ])
  })

  it('types the values', () => {
    expect(parseInputs(fields, { paymentId: '007', flags: '{"a":1}' })).toEqual({
      input: { paymentId: '007', limit: 5, flags: { a: 1 } },
      faults: {},
    })
  })

  it('names each fault by its field', () => {
    expect(parseInputs(fields, { limit: 'many', flags: '{' }).faults).toEqual({
      paymentId: 'This one is needed.',
      limit: 'Enter a whole number.',
      flags: 'Enter a JSON value.',
    })
  })
})
