import { useState } from 'react'
import { cn } from '@/lib/cn'
import { children, constraints, isSchema, type Schema, typeLabel } from '@/lib/json-schema'

/** Properties deeper than this open only on request: some documents nest without end. */
const OPEN_DEPTH = 1

interface RowProps {
  name?: string
  schema: Schema
  required?: boolean
  depth: number
}

function SchemaRow({ name, schema, required, depth }: RowProps) {
  const inner = children(schema)
  const [open, setOpen] = useState(depth < OPEN_DEPTH)
  const notes = constraints(schema)
  const description = typeof schema.description === 'string' ? schema.description : ''
  return (
    <li className="py-1.5">
      <div className="flex flex-wrap items-baseline gap-x-2">
        {inner.length > 0 && (
          <button
            type="button"
            aria-expanded={open}
            aria-label={`${open ? 'Hide' : 'Show'} fields of ${name ?? 'the schema'}`}
            onClick={() => setOpen(!open)}
            className="-ml-1 grid size-5 place-items-center rounded-sm text-2xs text-ink-3 hover:bg-hover"
          >
            <span aria-hidden className={cn('transition-transform', open && 'rotate-90')}>
              ▶
            </span>
          </button>
        )}
        {name !== undefined && <code className="break-all font-medium font-mono text-xs">{name}</code>}
        <span className="text-ink-3 text-xs">{typeLabel(schema)}</span>
        {required && <span className="text-warn text-xs">required</span>}
        {schema.deprecated === true && <span className="text-bad text-xs">deprecated</span>}
        {notes.map((note) => (
          <span key={note} className="text-ink-3 text-xs">
            {note}
          </span>
        ))}
      </div>
      {description && <p className="mt-0.5 line-clamp-3 max-w-prose text-ink-2 text-xs">{description}</p>}
      {open && inner.length > 0 && (
        <ul className="mt-1 ml-1 divide-y border-l pl-3">
          {inner.map((child) => (
            <SchemaRow
              key={child.key}
              name={child.name}
              schema={child.schema}
              required={child.required}
              depth={depth + 1}
            />
          ))}
        </ul>
      )}
    </li>
  )
}

/** A JSON Schema as a person reads it: names, types, what is required, what limits hold. */
export function SchemaView({ schema, empty = 'No schema given.' }: { schema: unknown; empty?: string }) {
  if (!isSchema(schema)) return <p className="text-ink-3 text-sm">{empty}</p>
  return (
    <ul>
      <SchemaRow schema={schema} depth={0} />
    </ul>
  )
}
