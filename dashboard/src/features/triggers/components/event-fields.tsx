import { useId } from 'react'
import { Field, Input } from '@/components/ui/field'
import { fieldMessage } from '@/lib/api/problem'
import type { TypeFieldsProps } from './fields'

/** What APIQ itself tells. */
const KNOWN = ['execution.failed', 'execution.completed', 'spec.changed']

export function EventFields({ draft, onChange, error }: TypeFieldsProps) {
  const known = useId()
  return (
    <Field
      label="Event"
      hint="One that APIQ tells, or a name of your own that you send to /api/events."
      error={fieldMessage(error, 'event')}
    >
      {(control) => (
        <>
          <Input
            {...control}
            list={known}
            value={draft.event}
            onChange={(event) => onChange({ event: event.target.value })}
          />
          <datalist id={known}>
            {KNOWN.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  )
}
