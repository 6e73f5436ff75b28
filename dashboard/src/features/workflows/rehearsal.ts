import type { Rehearsal, RehearsalField, RehearsalScenario, RehearsalSource } from '@/lib/api/types'
import { formatDuration, plural } from '@/lib/format'

const FAULTS: Record<RehearsalScenario['fault'], string> = {
  unauthorized: 'Credential refused',
  rate_limited: 'API busy',
  timeout: 'No answer',
  field_missing: 'Field missing',
  field_type: 'Other type',
}

export function faultLabel(fault: RehearsalScenario['fault']): string {
  return FAULTS[fault] ?? fault
}

/** Where a value comes from, in a few words. */
export function sourceText(source: RehearsalSource): string {
  if (source.kind === 'literal') return 'written in the plan'
  if (source.kind === 'person') return `${source.ref}, from a person`
  if (source.kind === 'product') return source.ref ?? 'made here'
  return source.ref ?? source.kind
}

/** The field as it stands in the request: "body title", "the whole body". */
export function fieldText({ in: place, name }: Pick<RehearsalField, 'in' | 'name'>): string {
  return name === '*' ? 'the whole body' : `${place} ${name}`
}

const dollarsOf = new Intl.NumberFormat('en-US', {
  style: 'currency',
  currency: 'USD',
  maximumSignificantDigits: 2,
})

/** Dollars down to fractions of a cent: a run costs little. */
export function formatCost(dollars: number): string {
  if (dollars === 0) return 'nothing'
  return dollars < 0.000001 ? 'under $0.000001' : dollarsOf.format(dollars)
}

export function durationText({ minMs, maxMs }: Rehearsal['totals']['duration']): string {
  return minMs === maxMs ? formatDuration(minMs) : `${formatDuration(minMs)} to ${formatDuration(maxMs)}`
}

export function callsText({ calls, reads, writes, irreversible }: Rehearsal['totals']): string {
  const kinds = [
    reads > 0 && plural(reads, 'read'),
    writes > 0 && plural(writes, 'write'),
    irreversible > 0 && `${irreversible} irreversible`,
  ].filter(Boolean)
  return `${plural(calls, 'call')}${kinds.length > 0 ? `: ${kinds.join(', ')}` : ''}`
}

/** Scenarios by the step that meets the fault, in the report's order. */
export function byStep(scenarios: RehearsalScenario[]): [string, RehearsalScenario[]][] {
  const groups = new Map<string, RehearsalScenario[]>()
  for (const scenario of scenarios) {
    const group = groups.get(scenario.step)
    if (group) group.push(scenario)
    else groups.set(scenario.step, [scenario])
  }
  return [...groups]
}

/** What had taken effect, as a sentence; "" for nothing. */
export function doneText(done: RehearsalScenario['done']): string {
  return done
    .map(({ step, verb, what, times, unnoticed }) => {
      const often = times > 1 ? ` ${times} times` : ''
      return `${step} ${verb} ${what}${often}${unnoticed ? ' (the run does not know)' : ''}`
    })
    .join('; ')
}
