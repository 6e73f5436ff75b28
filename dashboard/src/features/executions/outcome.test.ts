import { expect, it } from 'vitest'
import type { ExecutionDetail, Step } from '@/lib/api/types'
import { outcome } from './outcome'

const step = (path: string, over: Partial<Step>) => ({ id: path, path, ...over }) as Step
const run = (...steps: Step[]) => ({ steps }) as ExecutionDetail
const attempt = (status: string) => [{ number: 1, status, startedAt: '2026-01-01T00:00:00Z' }]

it.each([
  [run(step('read', {})), 'Nothing was changed.'],
  [run(step('a', { effect: 'none' })), 'Nothing was changed.'],
  [
    run(
      step('a', { effect: 'done', name: 'Order' }),
      step('b', { effect: 'done' }),
      step('c', { effect: 'none' }),
    ),
    'Took effect: Order, b. Nothing else was changed.',
  ],
  [
    run(step('a', { effect: 'done' }), step('b', { effect: 'maybe', attempts: attempt('started') })),
    'Took effect: a. On its way, and may take effect: b. Nothing else was changed.',
  ],
  [
    run(step('b', { effect: 'maybe', attempts: attempt('unknown') })),
    'May have taken effect: b. Nothing else was changed.',
  ],
  [
    {
      ...run(
        step('a', { effect: 'done' }),
        step('b', { effect: 'done' }),
        step('a/undo', { effect: 'done', undoes: 'a' }),
      ),
      undo: { since: '2026-01-01T00:00:00Z', steps: [{ path: 'a', status: 'UNDONE' as const }] },
    },
    'Undone: a. Took effect: b. Nothing else was changed.',
  ],
  [
    run(step('n', { executionId: 'exe_2' })),
    'Nothing was changed. The runs that it started tell of themselves.',
  ],
])('says what a run did: %#', (of, said) => expect(outcome(of)).toBe(said))
