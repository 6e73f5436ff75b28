import type { Step } from '@/lib/api/types'

/** What of a step is shown. */
export const STEP_TABS = ['output', 'request', 'response', 'error', 'attempts'] as const
export type StepTab = (typeof STEP_TABS)[number]

/** Only what the step has; its error first when that is what happened. */
export function stepTabs(step: Step): StepTab[] {
  const has: Record<StepTab, boolean> = {
    output: step.output !== undefined,
    request: step.request !== undefined,
    response: step.response !== undefined,
    error: step.error !== undefined,
    attempts: (step.attempts?.length ?? 0) > 0,
  }
  const found = STEP_TABS.filter((tab) => has[tab])
  return found.length > 0 ? found : ['output']
}
