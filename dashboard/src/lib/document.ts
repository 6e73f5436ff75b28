import { isSchema, types } from './json-schema'

/** Reads a workflow document leniently: the server owns its rules, here it is only shown. */
export interface DocumentStep {
  id: string
  type: string
  name?: string
  /** How deep it lies in loops, branches and conditions. */
  depth: number
  /** What it lies in: "then", "do", a branch's name. */
  lane?: string
  connection?: string
  operation?: string
}

interface RawStep {
  [field: string]: unknown
}

function rawSteps(value: unknown): RawStep[] {
  return Array.isArray(value)
    ? value.filter((it): it is RawStep => typeof it === 'object' && it !== null)
    : []
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function lanes(step: RawStep): [string, unknown][] {
  const found: [string, unknown][] = [
    ['then', step.then],
    ['else', step.else],
    ['for each', step.do],
  ]
  rawSteps(step.cases).forEach((it, index) => {
    found.push([`case ${index + 1}`, it.steps])
  })
  if (isSchema(step.branches)) found.push(...Object.entries(step.branches))
  if (Array.isArray(step.onError)) found.push(['on error', step.onError])
  return found
}

/** All steps in document order, with their depth. */
export function documentSteps(document: unknown): DocumentStep[] {
  const found: DocumentStep[] = []
  const walk = (steps: unknown, depth: number, lane?: string) => {
    for (const step of rawSteps(steps)) {
      found.push({
        id: text(step.id) ?? '',
        type: text(step.type) ?? '',
        name: text(step.name),
        connection: text(step.connection),
        operation: text(step.operation),
        depth,
        lane,
      })
      for (const [name, inner] of lanes(step)) walk(inner, depth + 1, name)
    }
  }
  walk(isSchema(document) ? document.steps : [], 0)
  return found
}

export interface InputField {
  name: string
  label: string
  type: string
  required: boolean
  options?: string[]
  initial: string
  description?: string
}

/** The fields that a run of the document asks for. */
export function inputFields(document: unknown): InputField[] {
  const schema = isSchema(document) && isSchema(document.input) ? document.input : {}
  const required = new Set(Array.isArray(schema.required) ? schema.required : [])
  return Object.entries(isSchema(schema.properties) ? schema.properties : {}).map(([name, property]) => {
    const it = isSchema(property) ? property : {}
    const initial = it.default ?? it.example
    return {
      name,
      label: text(it.title) ?? name,
      type: types(it).find((type) => type !== 'null') ?? 'string',
      required: required.has(name),
      options: Array.isArray(it.enum) ? it.enum.map(String) : undefined,
      initial: initial === undefined ? '' : typeof initial === 'string' ? initial : JSON.stringify(initial),
      description: text(it.description),
    }
  })
}

/** The typed value of a field's text; throws a message for a person where it does not fit. */
export function parseInput(field: Pick<InputField, 'type'>, value: string): unknown {
  if (field.type === 'string') return value
  try {
    const parsed: unknown = JSON.parse(value)
    if ((field.type === 'number' || field.type === 'integer') && typeof parsed !== 'number')
      throw new Error('not a number')
    return parsed
  } catch {
    throw new Error(
      { number: 'Enter a number.', integer: 'Enter a whole number.', boolean: 'Enter true or false.' }[
        field.type
      ] ?? 'Enter a JSON value.',
    )
  }
}

/** Typed input of all filled fields, or the first fault of each. */
export function parseInputs(
  fields: InputField[],
  values: Record<string, string>,
): { input: Record<string, unknown>; faults: Record<string, string> } {
  const input: Record<string, unknown> = {}
  const faults: Record<string, string> = {}
  for (const field of fields) {
    const value = values[field.name] ?? field.initial
    if (value.trim() === '') {
      if (field.required) faults[field.name] = 'This one is needed.'
      continue
    }
    try {
      input[field.name] = parseInput(field, value)
    } catch (error) {
      faults[field.name] = error instanceof Error ? error.message : 'This does not fit.'
    }
  }
  return { input, faults }
}
