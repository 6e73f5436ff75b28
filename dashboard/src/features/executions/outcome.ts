import type { ExecutionDetail, Step } from '@/lib/api/types'

const names = (steps: Step[]) => steps.map(({ name, path }) => name || path).join(', ')

/** What a run that was stopped or failed has done, may have done and has not, in sentences. */
export function outcome({ steps, undo }: ExecutionDetail): string {
  const undone = undo?.steps.filter(({ status }) => status === 'UNDONE').map(({ path }) => path) ?? []
  const left = steps.filter(({ undoes, path }) => !undoes && !undone.includes(path))
  const done = left.filter(({ effect }) => effect === 'done')
  const maybe = left.filter(({ effect }) => effect === 'maybe')
  const said: string[] = []
  if (undone.length > 0) said.push(`Undone: ${undone.join(', ')}.`)
  if (done.length > 0) said.push(`Took effect: ${names(done)}.`)
  if (maybe.length > 0)
    said.push(
      `${maybe.some(isOnItsWay) ? 'On its way, and may take effect' : 'May have taken effect'}: ${names(maybe)}.`,
    )
  said.push(said.length > 0 ? 'Nothing else was changed.' : 'Nothing was changed.')
  if (steps.some(({ executionId }) => executionId)) said.push('The runs that it started tell of themselves.')
  return said.join(' ')
}

/** A request of the step has left, and its answer may still come. */
export function isOnItsWay({ attempts }: Step): boolean {
  return attempts?.at(-1)?.status === 'started'
}
