import { Play } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { CodeEditor } from '@/components/code-editor'
import { FailureNote } from '@/components/failure'
import { Button } from '@/components/ui/button'
import { CheckField, Field, Input, Select } from '@/components/ui/field'
import { $api } from '@/lib/api/client'
import type { Operation, Parameter, TryResult } from '@/lib/api/types'
import { isSchema, typeLabel, types } from '@/lib/json-schema'
import { initialValues, parameterKey, parseTry } from '../try-values'
import { TryResponse } from './try-response'

/** A real call through the API: the credential is added on the server and never comes here. */
export function TryForm({ connection, operation }: { connection: string; operation: Operation }) {
  const [values, setValues] = useState(() => initialValues(operation))
  const [faults, setFaults] = useState<Record<string, string>>({})
  const [sure, setSure] = useState(false)
  const call = $api.useMutation('post', '/api/apis/{id}/endpoints/{operationId}/try')
  const irreversible = operation.risk === 'irreversible'
  const set = (key: string, value: string) =>
    setValues({ ...values, parameters: { ...values.parameters, [key]: value } })

  function submit(event: FormEvent) {
    event.preventDefault()
    const parsed = parseTry(operation, values)
    setFaults(parsed.ok ? {} : parsed.faults)
    if (!parsed.ok) return
    call.mutate({ params: { path: { id: connection, operationId: operation.id } }, body: parsed.request })
  }

  const required = operation.parameters.filter((it) => it.required)
  const optional = operation.parameters.filter((it) => !it.required)
  const field = (parameter: Parameter) => {
    const key = parameterKey(parameter)
    return (
      <ParameterField
        key={key}
        parameter={parameter}
        value={values.parameters[key] ?? ''}
        error={faults[key]}
        onChange={(value) => set(key, value)}
      />
    )
  }

  return (
    <form onSubmit={submit} noValidate className="grid gap-4">
      {required.length > 0 && <div className="grid gap-3 sm:grid-cols-2">{required.map(field)}</div>}
      {optional.length > 0 && (
        <details open={optional.length <= 4 || optional.some((it) => faults[parameterKey(it)])}>
          <summary className="py-1 text-ink-2 text-sm">Optional parameters ({optional.length})</summary>
          <div className="mt-2 grid gap-3 sm:grid-cols-2">{optional.map(field)}</div>
        </details>
      )}
      {operation.body && (
        <div className="grid gap-1">
          <p className="flex items-baseline justify-between font-medium text-sm">
            Body <code className="font-mono font-normal text-ink-3 text-xs">{operation.body.mediaType}</code>
          </p>
          <CodeEditor
            label="Body"
            className="h-56"
            value={values.body}
            onChange={(body) => setValues((old) => ({ ...old, body }))}
          />
          {faults.body && <p className="text-bad text-xs">{faults.body}</p>}
        </div>
      )}
      {irreversible && (
        <CheckField checked={sure} onChange={setSure} className="rounded-md bg-bad-soft px-3 py-2 text-bad">
          This is a real call that cannot be taken back. I want to make it.
        </CheckField>
      )}
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" variant="primary" pending={call.isPending} disabled={irreversible && !sure}>
          {!call.isPending && <Play aria-hidden />}
          Send request
        </Button>
        <p className="min-w-0 flex-1 truncate text-ink-3 text-xs">
          to <code className="font-mono">{operation.baseUrl}</code>
        </p>
      </div>
      {call.error && <FailureNote error={call.error} />}
      {call.data && <TryResponse result={call.data.data as TryResult} />}
    </form>
  )
}

interface ParameterFieldProps {
  parameter: Parameter
  value: string
  error?: string
  onChange: (value: string) => void
}

function ParameterField({ parameter, value, error, onChange }: ParameterFieldProps) {
  const schema = isSchema(parameter.schema) ? parameter.schema : {}
  const options = Array.isArray(schema.enum)
    ? schema.enum.map(String)
    : types(schema)[0] === 'boolean'
      ? ['true', 'false']
      : null
  return (
    <Field
      label={<code className="break-all font-mono text-xs">{parameter.name}</code>}
      aside={`${typeLabel(schema)}, ${parameter.in}`}
      required={parameter.required}
      error={error}
    >
      {(field) =>
        options ? (
          <Select {...field} value={value} onChange={(event) => onChange(event.target.value)}>
            <option value="">{parameter.required ? 'Choose…' : 'Not sent'}</option>
            {options.map((option) => (
              <option key={option}>{option}</option>
            ))}
          </Select>
        ) : (
          <Input
            {...field}
            className="font-mono text-sm"
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
        )
      }
    </Field>
  )
}
