import type { Operation, Parameter } from '@/lib/api/types'
import { isSchema, starter, types } from '@/lib/json-schema'

/** What the form holds: text for each parameter by "in.name", and the body's text. */
export interface TryValues {
  parameters: Record<string, string>
  body: string
}

export function parameterKey({ in: place, name }: Pick<Parameter, 'in' | 'name'>): string {
  return `${place}.${name}`
}

function toText(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The form's start: required parameters from the sample, optional ones empty. */
export function initialValues(operation: Operation): TryValues {
  const parameters: Record<string, string> = {}
  for (const parameter of operation.parameters) {
    const sample = operation.sample.parameters[parameter.name] ?? parameter.example
    parameters[parameterKey(parameter)] = parameter.required ? toText(sample) : ''
  }
  const body = operation.sample.body ?? (operation.body ? starter(operation.body.schema) : undefined)
  return { parameters, body: body === undefined ? '' : JSON.stringify(body, null, 2) }
}

export type ParsedTry =
  | { ok: true; request: { parameters: Record<string, unknown>; body?: unknown } }
  | { ok: false; faults: Record<string, string> }

function parseParameter(parameter: Parameter, text: string): unknown {
  const kinds = types(isSchema(parameter.schema) ? parameter.schema : {})
  if (kinds.includes('string') || kinds.length === 0) return text
  return JSON.parse(text)
}

/** Turns the form's text into the typed request, or says which field does not fit. */
export function parseTry(operation: Operation, values: TryValues): ParsedTry {
  const faults: Record<string, string> = {}
  const parameters: Record<string, unknown> = {}
  for (const parameter of operation.parameters) {
    const key = parameterKey(parameter)
    const text = values.parameters[key]?.trim() ?? ''
    if (text === '') {
      if (parameter.required) faults[key] = 'This one is required.'
      continue
    }
    try {
      parameters[parameter.name] = parseParameter(parameter, text)
    } catch {
      const kind = types(isSchema(parameter.schema) ? parameter.schema : {})[0]
      faults[key] = `Enter a value of type ${kind}${kind === 'array' ? ', such as ["a", "b"]' : ''}.`
    }
  }
  let body: unknown
  if (operation.body) {
    const text = values.body.trim()
    if (text === '' && operation.body.required) faults.body = 'A body is required.'
    if (text !== '') {
      try {
        body = JSON.parse(text)
      } catch (error) {
        faults.body = `Not valid JSON: ${error instanceof Error ? error.message : 'it cannot be read'}`
      }
    }
  }
  if (Object.keys(faults).length > 0) return { ok: false, faults }
  return { ok: true, request: { parameters, ...(body === undefined ? {} : { body }) } }
}
