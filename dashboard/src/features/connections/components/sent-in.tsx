import { Field, Select } from '@/components/ui/field'
import type { AuthValues } from '../auth'

interface SentInProps {
  value: AuthValues['in']
  onChange: (value: AuthValues['in']) => void
}

/** Where in a request a credential goes. */
export function SentIn({ value, onChange }: SentInProps) {
  return (
    <Field label="Sent in">
      {(field) => (
        <Select
          {...field}
          value={value}
          onChange={(event) => onChange(event.target.value as AuthValues['in'])}
        >
          <option value="header">Header</option>
          <option value="query">Query</option>
          <option value="cookie">Cookie</option>
        </Select>
      )}
    </Field>
  )
}
