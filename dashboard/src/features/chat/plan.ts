import { checkState } from '@/components/check-list'
import type { Check, Plan, PlanStep } from '@/lib/api/types'
import { documentSteps, type InputField, inputFields } from '@/lib/document'

export interface CheckCount {
  ok: number
  failed: number
  unknown: number
}

export function countChecks(checks: Check[]): CheckCount {
  const count = { ok: 0, failed: 0, unknown: 0 }
  for (const check of checks) count[checkState(check)] += 1
  return count
}

export function irreversibleSteps(plan: Plan): PlanStep[] {
  return plan.steps.filter(({ risk }) => risk === 'irreversible')
}

/** The depth of each step in the document, by its id. */
export function stepDepths(plan: Plan): Map<string, { depth: number; lane?: string }> {
  return new Map(documentSteps(plan.workflow).map(({ id, depth, lane }) => [id, { depth, lane }]))
}

/** What has to be asked: the plan's questions in its words, then the document's other inputs. */
export function planFields(plan: Plan): InputField[] {
  const declared = inputFields(plan.workflow)
  const asked = plan.questions.map((question): InputField => {
    const field = declared.find(({ name }) => name === question.field)
    return {
      name: question.field,
      type: field?.type ?? 'string',
      options: field?.options,
      initial: field?.initial ?? '',
      description: field?.description === question.text ? undefined : field?.description,
      label: question.text,
      required: true,
    }
  })
  const names = new Set(asked.map(({ name }) => name))
  return [...asked, ...declared.filter(({ name }) => !names.has(name))]
}

export function planTitle(plan: Plan): string {
  const { workflow } = plan
  if (
    typeof workflow === 'object' &&
    workflow !== null &&
    'name' in workflow &&
    typeof workflow.name === 'string'
  ) {
    return workflow.name
  }
  return 'Plan'
}
