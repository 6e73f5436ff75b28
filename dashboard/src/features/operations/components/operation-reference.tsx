import type { ReactNode } from 'react'
import { SchemaView } from '@/components/schema-view'
import { Badge } from '@/components/ui/badge'
import type { Operation, Parameter } from '@/lib/api/types'
import { constraints, isSchema, typeLabel } from '@/lib/json-schema'

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="border-t py-4 first:border-t-0 first:pt-0">
      <h3 className="mb-2 font-medium text-sm">{title}</h3>
      {children}
    </section>
  )
}

/** The operation in full, as the document has it. */
export function OperationReference({ operation }: { operation: Operation }) {
  const { description, parameters, body, responses, security } = operation
  return (
    <div>
      {description && (
        <p className="mb-4 max-w-prose whitespace-pre-line text-ink-2 text-sm">{description}</p>
      )}
      {parameters.length > 0 && (
        <Section title="Parameters">
          <ul className="divide-y">
            {parameters.map((parameter) => (
              <ParameterRow key={parameter.in + parameter.name} parameter={parameter} />
            ))}
          </ul>
        </Section>
      )}
      {body && (
        <Section title="Body">
          <p className="mb-1 flex items-center gap-2 text-ink-3 text-xs">
            <code className="font-mono">{body.mediaType}</code>
            {body.required && <span className="text-warn">required</span>}
          </p>
          <SchemaView schema={body.schema} />
        </Section>
      )}
      <Section title="Responses">
        <div className="grid gap-2">
          {responses.map((response, index) => (
            <details key={response.status} open={index === 0} className="rounded-md border">
              <summary className="flex items-center gap-2 px-3 py-2 text-sm">
                <Badge
                  tone={
                    response.status.startsWith('2') ? 'ok' : /^[45]/.test(response.status) ? 'bad' : 'neutral'
                  }
                >
                  {response.status}
                </Badge>
                <span className="min-w-0 flex-1 truncate text-ink-2">{response.description}</span>
                {response.mediaType && (
                  <code className="hidden font-mono text-ink-3 text-xs sm:block">{response.mediaType}</code>
                )}
              </summary>
              <div className="border-t px-3 py-2">
                <SchemaView schema={response.schema} empty="No body." />
              </div>
            </details>
          ))}
        </div>
      </Section>
      <Section title="Sign-in">
        <p className="text-ink-2 text-sm">
          {security.length === 0
            ? 'None needed.'
            : security.map((requirement) => Object.keys(requirement).join(' and ') || 'none').join(', or ')}
        </p>
      </Section>
    </div>
  )
}

function ParameterRow({ parameter }: { parameter: Parameter }) {
  const schema = isSchema(parameter.schema) ? parameter.schema : {}
  return (
    <li className="py-2">
      <p className="flex flex-wrap items-baseline gap-x-2">
        <code className="break-all font-medium font-mono text-xs">{parameter.name}</code>
        <span className="text-ink-3 text-xs">
          {typeLabel(schema)} in {parameter.in}
        </span>
        {parameter.required && <span className="text-warn text-xs">required</span>}
        {constraints(schema).map((note) => (
          <span key={note} className="text-ink-3 text-xs">
            {note}
          </span>
        ))}
      </p>
      {parameter.description && (
        <p className="mt-0.5 max-w-prose text-ink-2 text-xs">{parameter.description}</p>
      )}
    </li>
  )
}
