import { Field, Input, Select } from '@/components/ui/field'
import type { Server } from '@/lib/api/types'
import { defaults, fillUrl, variableNames } from '../base-url'

export interface BaseUrlValues {
  /** With {variables}, as the spec or the person wrote it. */
  url: string
  variables: Record<string, string>
}

interface BaseUrlFieldsProps {
  servers: Server[]
  values: BaseUrlValues
  onChange: (values: BaseUrlValues) => void
  error?: string
}

/** Where requests go: one of the spec's servers or an own address, with its variables filled. */
export function BaseUrlFields({ servers, values, onChange, error }: BaseUrlFieldsProps) {
  const server = servers.find(({ url }) => url === values.url)
  const names = variableNames(values.url)
  return (
    <div className="grid gap-4">
      {servers.length > 1 && (
        <Field label="Server">
          {(field) => (
            <Select
              {...field}
              value={server ? server.url : ''}
              onChange={(event) => {
                const next = servers.find(({ url }) => url === event.target.value)
                onChange({ url: event.target.value, variables: defaults(next) })
              }}
            >
              {servers.map(({ url, description }) => (
                <option key={url} value={url}>
                  {description ? `${description} (${url})` : url}
                </option>
              ))}
              <option value="">Another address</option>
            </Select>
          )}
        </Field>
      )}
      <Field
        label="Base URL"
        hint="Every request starts with it. The credential is sent to this address only."
        error={error}
      >
        {(field) => (
          <Input
            {...field}
            type="text"
            inputMode="url"
            placeholder="https://api.example.com/v1"
            className="font-mono"
            value={values.url}
            onChange={(event) => onChange({ ...values, url: event.target.value })}
          />
        )}
      </Field>
      {names.length > 0 && (
        <div className="grid gap-3 rounded-md border bg-sunken p-3 sm:grid-cols-2">
          {names.map((name) => {
            const options = server?.variables?.[name]?.enum
            const set = (value: string) =>
              onChange({ ...values, variables: { ...values.variables, [name]: value } })
            return (
              <Field key={name} label={<code className="font-mono">{name}</code>}>
                {(field) =>
                  options && options.length > 0 ? (
                    <Select
                      {...field}
                      value={values.variables[name] ?? ''}
                      onChange={(event) => set(event.target.value)}
                    >
                      {options.map((option) => (
                        <option key={option}>{option}</option>
                      ))}
                    </Select>
                  ) : (
                    <Input
                      {...field}
                      value={values.variables[name] ?? ''}
                      onChange={(event) => set(event.target.value)}
                    />
                  )
                }
              </Field>
            )
          })}
          <p className="break-all text-ink-2 text-xs sm:col-span-2">
            Calls go to <code className="font-mono">{fillUrl(values.url, values.variables)}</code>
          </p>
        </div>
      )}
    </div>
  )
}
