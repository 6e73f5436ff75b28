import { checkState } from '@/components/check-list'
import type { Check, Plan, PlanStep, Reading } from '@/lib/api/types'
import { type DocumentStep, documentSteps, type InputField, inputFields } from '@/lib/document'

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

/** Each step as the document has it, by its id: its name, its depth. */
export function stepsById(plan: Plan): Map<string, DocumentStep> {
  return new Map(documentSteps(plan.workflow).map((step) => [step.id, step]))
}

const TYPE_WORDS: Record<string, string> = {
  condition: 'If',
  loop: 'For each',
  parallel: 'At once',
  transform: 'Transform',
  wait: 'Wait',
  approval: 'Ask a person',
  workflow: 'Run a workflow',
  fail: 'Stop with an error',
}

/** What a step is called: by its name, else its operation, else what its kind does. */
export function stepTitle(step: PlanStep, inDocument: DocumentStep | undefined): string {
  const name = inDocument?.name?.replace(/\.$/, '')
  return name || step.operation || TYPE_WORDS[step.type] || step.type
}

/** The planner's question quotes a short description: it is not shown again below the field. */
function says(question: string, description: string): boolean {
  return question.includes(description.trim().replace(/\.$/, ''))
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
      description:
        field?.description && !says(question.text, field.description) ? field.description : undefined,
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

/** Steps with a key each: one operation may stand among them several times. */
export function readingKeys(readings: Reading[]): [key: string, reading: Reading][] {
  const seen = new Map<string, number>()
  return readings.map((reading) => {
    const name = `${reading.connection} ${reading.operation} ${reading.summary}`
    const nth = (seen.get(name) ?? 0) + 1
    seen.set(name, nth)
    return [`${name} ${nth}`, reading]
  })
}
