import type { ExecutionDetail, Step } from '@/lib/api/types'

export type BarKind = 'attempt' | 'wait'

export interface Bar {
  kind: BarKind
  /** Percent of the run's span. */
  left: number
  width: number
  status: string
  label: string
}

export interface Row {
  step: Step
  depth: number
  bars: Bar[]
  /** Milliseconds; up to now for a step that still goes. */
  duration: number
}

const zero = (iso: string | null | undefined) => !iso || iso.startsWith('0001-')
const time = (iso: string | null | undefined, otherwise: number) =>
  zero(iso) ? otherwise : new Date(iso as string).getTime()

/** The stretch of time that the waterfall shows: from the run's making to its end, or now. */
export function span(run: ExecutionDetail, now: number): { from: number; to: number } {
  const from = Math.min(time(run.createdAt, now), time(run.startedAt, now))
  const ends = run.steps.map((step) => time(step.endedAt, zero(run.completedAt) ? now : 0))
  const to = Math.max(zero(run.completedAt) ? now : time(run.completedAt, now), ...ends, from + 1)
  return { from, to }
}

/** One row a step, with a bar for each attempt and a thin one for the wait between two. */
export function rows(run: ExecutionDetail, now: number): Row[] {
  const { from, to } = span(run, now)
  const percent = (at: number) => Math.min(100, Math.max(0, ((at - from) / (to - from)) * 100))
  return run.steps.map((step) => {
    const attempts =
      (step.attempts?.length ?? 0) > 0
        ? (step.attempts ?? [])
        : [{ number: step.attempt, status: step.status, startedAt: step.startedAt, endedAt: step.endedAt }]
    const bars: Bar[] = []
    // A step that waits goes on after its last attempt.
    const start = time(step.startedAt, from)
    const end = time(step.endedAt, zero(run.completedAt) ? now : time(run.completedAt, now))
    let before = start
    for (const attempt of attempts) {
      const began = time(attempt.startedAt, before)
      const ended = time(attempt.endedAt, end)
      if (began - before > 1)
        bars.push(
          bar('wait', before, began, 'WAITING', attempt.number > 1 ? 'Wait before the retry' : 'Queued'),
        )
      bars.push(
        bar(
          'attempt',
          began,
          ended,
          attempts.length > 1 ? attempt.status : step.status,
          `Attempt ${attempt.number}`,
        ),
      )
      before = Math.max(before, ended)
    }
    if (end - before > 1) bars.push(bar('wait', before, end, step.status, 'Waiting'))
    return { step, depth: step.path.split('/').length - 1, bars, duration: Math.max(0, end - start) }
  })

  function bar(kind: BarKind, start: number, end: number, status: string, label: string): Bar {
    const left = percent(start)
    return { kind, left, width: Math.max(percent(end) - left, 0), status, label }
  }
}

/** Round times for the ruler above the bars: four or five of 1, 2 or 5 times a power of ten. */
export function ticks(length: number): number[] {
  const rough = length / 4
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)))
  const size = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough
  const found: number[] = []
  for (let at = 0; at <= length; at += size) found.push(at)
  return found
}

/** A step that has ended asks nobody, though its outcome may be unknown. */
export function needsPerson(step: Step): boolean {
  return (
    (step.status === 'UNKNOWN' && zero(step.endedAt)) ||
    (step.status === 'WAITING' && step.type === 'approval')
  )
}
