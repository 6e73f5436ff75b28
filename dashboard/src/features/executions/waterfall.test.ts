import { describe, expect, it } from 'vitest'
import type { ExecutionDetail, Step } from '@/lib/api/types'
import { needsPerson, rows, span, ticks } from './waterfall'

const T = Date.parse('2026-01-01T00:00:00Z')
const at = (ms: number) => new Date(T + ms).toISOString()

function step(over: Partial<Step>): Step {
  return {
    id: 'a',
    path: 'a',
    type: 'api_call',
    status: 'COMPLETED',
    attempt: 1,
    startedAt: at(100),
    endedAt: at(300),
    ...over,
  }
}

function run(steps: Step[], over: Partial<ExecutionDetail> = {}): ExecutionDetail {
  return {
    id: 'exe_1',
    workflowId: 'wfl_1',
    workflowName: 'W',
    version: 1,
    status: 'COMPLETED',
    startedBy: 'usr_1',
    createdAt: at(0),
    startedAt: at(50),
    completedAt: at(1000),
    updatedAt: at(1000),
    steps,
    ...over,
  }
}

describe('span', () => {
  it('reaches from the making of the run to its end', () => {
    expect(span(run([step({})]), T + 99_999)).toEqual({ from: T, to: T + 1000 })
  })
  it('reaches to now while the run goes', () => {
    expect(span(run([step({ endedAt: undefined })], { completedAt: undefined }), T + 500).to).toBe(T + 500)
  })
})

describe('rows', () => {
  it('draws a bar a step where it was in time', () => {
    expect(rows(run([step({})]), T)[0]?.bars).toEqual([
      { kind: 'attempt', left: 10, width: 20, status: 'COMPLETED', label: 'Attempt 1' },
    ])
  })

  it('draws each attempt, and the wait between two as a bar of its own', () => {
    const attempts = [
      { number: 1, status: 'FAILED', startedAt: at(100), endedAt: at(200) },
      { number: 2, status: 'COMPLETED', startedAt: at(600), endedAt: at(700) },
    ]
    const [row] = rows(run([step({ attempts, endedAt: at(700) })]), T)
    expect(row?.bars.map(({ kind, left, status }) => [kind, left, status])).toEqual([
      ['attempt', 10, 'FAILED'],
      ['wait', 20, 'WAITING'],
      ['attempt', 60, 'COMPLETED'],
    ])
    expect(row?.duration).toBe(600)
  })

  it('lets a step that goes grow to now', () => {
    const [row] = rows(
      run([step({ status: 'RUNNING', endedAt: undefined })], { completedAt: undefined }),
      T + 200,
    )
    expect(row?.bars[0]).toMatchObject({ left: 50, width: 50 })
  })

  it('indents what lies in a loop', () => {
    expect(rows(run([step({ path: 'each[3]/a' })]), T)[0]?.depth).toBe(1)
  })
})

describe('ticks', () => {
  it.each([
    [1000, [0, 500, 1000]],
    [2400, [0, 1000, 2000]],
    [90, [0, 50]],
  ])('rules %d ms at round times', (length, expected) => expect(ticks(length)).toEqual(expected))
})

describe('needsPerson', () => {
  it.each([
    [{ status: 'UNKNOWN' as const, endedAt: undefined }, true],
    [{ status: 'UNKNOWN' as const }, false],
    [{ status: 'WAITING' as const, type: 'approval' }, true],
    [{ status: 'WAITING' as const, type: 'wait' }, false],
    [{ status: 'COMPLETED' as const, type: 'approval' }, false],
  ])('judges %j', (over, expected) => expect(needsPerson(step(over))).toBe(expected))
})
