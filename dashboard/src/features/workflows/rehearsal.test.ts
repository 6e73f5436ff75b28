import { describe, expect, it } from 'vitest'
import { byStep, callsText, durationText, fieldText, formatCost, sourceText } from './rehearsal'

describe('rehearsal', () => {
  it.each([
    [0, 'nothing'],
    [0.00000004, 'under $0.000001'],
    [0.00015263, '$0.00015'],
    [0.1, '$0.1'],
    [10, '$10'],
  ])('writes %d dollars', (dollars, text) => expect(formatCost(dollars)).toBe(text))

  it('names sources and fields', () => {
    expect(sourceText({ kind: 'literal' })).toBe('written in the plan')
    expect(sourceText({ kind: 'input', ref: 'input.id' })).toBe('input.id')
    expect(sourceText({ kind: 'person', ref: 'ask' })).toBe('ask, from a person')
    expect(fieldText({ in: 'body', name: '*' })).toBe('the whole body')
    expect(fieldText({ in: 'query', name: 'page' })).toBe('query page')
  })

  it('sums up calls and time', () => {
    const none = { calls: 0, reads: 0, writes: 0, irreversible: 0 } as Parameters<typeof callsText>[0]
    expect(callsText(none)).toBe('0 calls')
    expect(callsText({ ...none, calls: 3, reads: 1, writes: 2, irreversible: 1 })).toBe(
      '3 calls: 1 read, 2 writes, 1 irreversible',
    )
    expect(durationText({ minMs: 0, maxMs: 0, basis: '' })).toBe('<1 ms')
  })

  it('groups scenarios by step, in order', () => {
    const scenario = { what: '', status: 'FAILED', calls: 0 } as const
    const list = (['b', 'a', 'b'] as const).map((step) => ({
      ...scenario,
      step,
      fault: 'timeout' as const,
      acted: [],
      done: [],
      lost: [],
      altered: [],
    }))
    expect(byStep(list).map(([step, group]) => [step, group.length])).toEqual([
      ['b', 2],
      ['a', 1],
    ])
  })
})
