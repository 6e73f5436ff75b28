/** Reads JSON Schemas of any dialect leniently: what cannot be read is shown as "any". */
export interface Schema {
  [keyword: string]: unknown
}

export interface Child {
  key: string
  name?: string
  schema: Schema
  required?: boolean
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** The schema's types; OpenAPI 3.0's `nullable` counts as null. */
export function types(schema: Schema): string[] {
  const named = (Array.isArray(schema.type) ? schema.type : [schema.type]).filter(
    (type) => typeof type === 'string',
  )
  if (named.length === 0 && isSchema(schema.properties)) named.push('object')
  if (named.length === 0 && schema.items !== undefined) named.push('array')
  if (schema.nullable === true && !named.includes('null')) named.push('null')
  return named
}

export function refName(schema: Schema): string | null {
  const ref = schema.$ref
  return typeof ref === 'string' ? (ref.split('/').pop() ?? ref) : null
}

export function typeLabel(schema: Schema): string {
  const ref = refName(schema)
  if (ref) return ref
  for (const word of ['oneOf', 'anyOf', 'allOf'] as const) {
    const options = asList(schema[word])
    if (options.length > 0) return { oneOf: 'one of', anyOf: 'any of', allOf: 'all of' }[word]
  }
  const named = types(schema)
  if (named.includes('array') && isSchema(schema.items)) return `list of ${typeLabel(schema.items)}`
  const format = typeof schema.format === 'string' ? ` (${schema.format})` : ''
  return (named.join(' or ') || (schema.enum ? 'choice' : 'any')) + format
}

/** Limits in words, in a fixed order. */
export function constraints(schema: Schema): string[] {
  const notes: string[] = []
  const options = asList(schema.enum)
  if (options.length > 0) {
    const shown = options.slice(0, 6).map((option) => JSON.stringify(option))
    notes.push(`one of ${shown.join(', ')}${options.length > 6 ? ` and ${options.length - 6} more` : ''}`)
  }
  if (schema.const !== undefined) notes.push(`always ${JSON.stringify(schema.const)}`)
  if (schema.default !== undefined) notes.push(`default ${JSON.stringify(schema.default)}`)
  const pairs: [string, string][] = [
    ['minimum', '≥'],
    ['maximum', '≤'],
    ['minLength', 'length ≥'],
    ['maxLength', 'length ≤'],
    ['minItems', 'items ≥'],
    ['maxItems', 'items ≤'],
  ]
  for (const [keyword, sign] of pairs) {
    const value = schema[keyword]
    if (typeof value === 'number') notes.push(`${sign} ${value}`)
  }
  if (typeof schema.pattern === 'string') notes.push(`matches ${schema.pattern}`)
  return notes
}

/** What lies inside: properties, items, alternatives. */
export function children(schema: Schema): Child[] {
  const found: Child[] = []
  if (isSchema(schema.properties)) {
    const required = new Set(asList(schema.required))
    for (const [name, child] of Object.entries(schema.properties)) {
      found.push({
        key: `p:${name}`,
        name,
        schema: isSchema(child) ? child : {},
        required: required.has(name),
      })
    }
    found.sort((a, b) => Number(b.required) - Number(a.required))
  }
  if (isSchema(schema.items)) {
    const inner = children(schema.items)
    found.push(...inner.map((child) => ({ ...child, key: `i:${child.key}` })))
  }
  for (const word of ['oneOf', 'anyOf', 'allOf'] as const) {
    asList(schema[word]).forEach((option, index) => {
      if (isSchema(option))
        found.push({
          key: `${word}:${index}`,
          name: refName(option) ?? `option ${index + 1}`,
          schema: option,
        })
    })
  }
  if (isSchema(schema.additionalProperties)) {
    found.push({ key: 'additional', name: '[any name]', schema: schema.additionalProperties })
  }
  return found
}

/** A value to start from in a form: the example, the default, or the smallest thing of the right shape. */
export function starter(schema: unknown, depth = 0): unknown {
  if (!isSchema(schema) || depth > 4) return null
  if (schema.example !== undefined) return schema.example
  if (schema.default !== undefined) return schema.default
  const options = asList(schema.enum)
  if (options.length > 0) return options[0]
  const first = [...asList(schema.oneOf), ...asList(schema.anyOf)].find(isSchema)
  if (first) return starter(first, depth + 1)
  const parts = asList(schema.allOf).filter(isSchema)
  if (parts.length > 0) return Object.assign({}, ...parts.map((part) => starter(part, depth + 1) ?? {}))
  const [type] = types(schema)
  switch (type) {
    case 'object': {
      const result: Record<string, unknown> = {}
      for (const child of children(schema))
        if (child.required && child.name) result[child.name] = starter(child.schema, depth + 1)
      return result
    }
    case 'array':
      return []
    case 'string':
      return ''
    case 'integer':
    case 'number':
      return 0
    case 'boolean':
      return false
    default:
      return null
  }
}
