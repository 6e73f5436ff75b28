import type { Trigger, TriggerInput } from '@/lib/api/types'
import { type InputField, parseInput } from '@/lib/document'
import { isSchema } from '@/lib/json-schema'
import { fromCron, type Schedule, toCron } from './schedule'

export type Type = Trigger['type']
export type Signature = NonNullable<TriggerInput['signature']>

/** A trigger as its form holds it: everything as text. */
export interface Draft {
  type: Type
  schedule: Schedule
  timezone: string
  missed: 'skip' | 'once'
  signature: Required<Signature>
  secret: string
  event: string
  filter: string
  /** The input field by field, or as JSON where the fields cannot say it. */
  values: Record<string, string>
  json: string | null
}

export function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'
}

export function draftOf(fields: InputField[], trigger?: Trigger): Draft {
  const values = templateValues(fields, trigger?.input)
  return {
    type: trigger?.type ?? 'schedule',
    schedule: fromCron(trigger?.cron),
    timezone: trigger?.timezone ?? localZone(),
    missed: trigger?.missed ?? 'skip',
    signature: {
      kind: 'standard',
      header: '',
      algorithm: 'sha256',
      encoding: 'hex',
      prefix: '',
      timestampHeader: '',
      ...(trigger?.signature as Signature | undefined),
    },
    secret: '',
    event: trigger?.event ?? 'execution.failed',
    filter: trigger?.filter ?? '',
    values: values ?? {},
    json: values ? null : JSON.stringify(trigger?.input, null, 2),
  }
}

const isExpression = (text: string) => text.trim().startsWith('{%')

/** A template's fields as text; null where it is more than the fields that the workflow asks for. */
function templateValues(fields: InputField[], template: unknown): Record<string, string> | null {
  if (template === undefined || template === null) return {}
  if (!isSchema(template)) return null
  const found: Record<string, string> = {}
  for (const [name, value] of Object.entries(template)) {
    const field = fields.find((it) => it.name === name)
    if (!field) return null
    if (typeof value !== 'string') found[name] = JSON.stringify(value)
    else if (field.type === 'string' || isExpression(value)) found[name] = value
    else return null
  }
  return found
}

/** What is sent, or what is wrong with it. An empty input is none: the event's data then is the run's input. */
export function bodyOf(
  draft: Draft,
  fields: InputField[],
): { body: TriggerInput; faults: Record<string, string> } {
  const { input, faults } = draft.json === null ? template(draft, fields) : written(draft.json)
  const body: TriggerInput = { type: draft.type, filter: draft.filter.trim(), input }
  switch (draft.type) {
    case 'schedule':
      return {
        body: { ...body, cron: toCron(draft.schedule), timezone: draft.timezone, missed: draft.missed },
        faults,
      }
    case 'webhook':
      return {
        body: { ...body, signature: signatureOf(draft), ...(draft.secret ? { secret: draft.secret } : {}) },
        faults,
      }
    case 'event':
      return { body: { ...body, event: draft.event.trim() }, faults }
  }
}

function signatureOf({ signature }: Draft): Signature {
  if (signature.kind !== 'hmac') return { kind: signature.kind }
  const { prefix, timestampHeader, ...rest } = signature
  return { ...rest, ...(prefix ? { prefix } : {}), ...(timestampHeader ? { timestampHeader } : {}) }
}

function template(draft: Draft, fields: InputField[]): { input: unknown; faults: Record<string, string> } {
  const input: Record<string, unknown> = {}
  const faults: Record<string, string> = {}
  const filled = fields.filter(({ name }) => draft.values[name]?.trim())
  for (const field of filled) {
    const value = draft.values[field.name] ?? ''
    try {
      input[field.name] = isExpression(value) ? value.trim() : parseInput(field, value)
    } catch (error) {
      faults[field.name] = error instanceof Error ? error.message : 'This does not fit.'
    }
  }
  if (filled.length > 0 || draft.type === 'schedule')
    for (const { name, required } of fields)
      if (required && !draft.values[name]?.trim()) faults[name] = 'This one is needed.'
  return { input: filled.length > 0 ? input : null, faults }
}

function written(json: string): { input: unknown; faults: Record<string, string> } {
  try {
    return { input: json.trim() ? JSON.parse(json) : null, faults: {} }
  } catch {
    return { input: null, faults: { json: 'Enter a JSON value.' } }
  }
}
