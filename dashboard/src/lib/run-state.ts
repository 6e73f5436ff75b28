import type { StepState } from './api/types'

const STATES: Record<string, StepState> = {
  STARTED: 'RUNNING',
  SUCCEEDED: 'COMPLETED',
}

/** A step's state, or that of one attempt, whose words differ ("succeeded"), in the words of steps. */
export function stepState(status: string): string {
  const upper = status.toUpperCase()
  return STATES[upper] ?? upper
}
