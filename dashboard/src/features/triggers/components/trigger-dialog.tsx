import { useState } from 'react'
import { FormDialog } from '@/components/form-dialog'
import { Field, Input, Textarea } from '@/components/ui/field'
import { Segmented } from '@/components/ui/segmented'
import { $api } from '@/lib/api/client'
import type { Trigger, TriggerMade } from '@/lib/api/types'
import type { InputField } from '@/lib/document'
import { useTriggersChanged } from '../api/queries'
import { bodyOf, type Draft, draftOf, type Type } from '../draft'
import { EventFields } from './event-fields'
import { HookDialog } from './hook-dialog'
import { ScheduleFields } from './schedule-fields'
import { WebhookFields } from './webhook-fields'

const FIELDS = { schedule: ScheduleFields, webhook: WebhookFields, event: EventFields }

interface TriggerDialogProps {
  workflow: string
  /** What a run asks for. */
  fields: InputField[]
  /** The one that is changed; none for a new one. */
  trigger?: Trigger
  onClose: () => void
}

export function TriggerDialog({ workflow, fields, trigger, onClose }: TriggerDialogProps) {
  const [draft, setDraft] = useState(() => draftOf(fields, trigger))
  const [faults, setFaults] = useState<Record<string, string>>({})
  const [made, setMade] = useState<TriggerMade | null>(null)
  const changed = useTriggersChanged()
  const done = async ({ data }: { data: TriggerMade }) => {
    if (data.secret || (data.path && !trigger)) setMade(data)
    else onClose()
    await changed()
  }
  const create = $api.useMutation('post', '/api/workflows/{id}/triggers', { onSuccess: done })
  const update = $api.useMutation('patch', '/api/workflows/{id}/triggers/{triggerId}', { onSuccess: done })
  const pending = create.isPending || update.isPending
  const error = create.error ?? update.error
  const set = (patch: Partial<Draft>) => setDraft((now) => ({ ...now, ...patch }))

  function save() {
    const { body, faults } = bodyOf(draft, fields)
    setFaults(faults)
    if (Object.keys(faults).length > 0) return
    if (!trigger) {
      create.mutate({ params: { path: { id: workflow } }, body })
      return
    }
    const { type: _, ...rest } = body
    update.mutate({
      params: { path: { id: workflow, triggerId: trigger.id }, header: { 'If-Match': trigger.version } },
      body: rest,
    })
  }

  if (made) return <HookDialog made={made} onClose={onClose} />
  const TypeFields = FIELDS[draft.type]
  return (
    <FormDialog
      title={trigger ? 'Change the trigger' : 'Add a trigger'}
      description="It starts the newest version while the workflow is active."
      submitLabel={trigger ? 'Save' : 'Add trigger'}
      onSubmit={save}
      onClose={onClose}
      pending={pending}
      error={error}
      noValidate
    >
      {!trigger && (
        <Segmented<Type>
          label="Type"
          className="justify-self-start"
          value={draft.type}
          onChange={(type) => set({ type })}
          items={[
            { value: 'schedule', label: 'Schedule' },
            { value: 'webhook', label: 'Webhook' },
            { value: 'event', label: 'Event' },
          ]}
        />
      )}
      <TypeFields draft={draft} onChange={set} error={error} stored={trigger !== undefined} />
      {draft.type !== 'schedule' && (
        <Field label="Only if" aside="optional" hint="A condition over the event.">
          {(control) => (
            <Input
              {...control}
              className="font-mono"
              placeholder="{% $event.data.amount > 100 %}"
              value={draft.filter}
              onChange={(event) => set({ filter: event.target.value })}
            />
          )}
        </Field>
      )}
      <RunInput draft={draft} fields={fields} faults={faults} onChange={set} />
    </FormDialog>
  )
}

interface RunInputProps {
  draft: Draft
  fields: InputField[]
  faults: Record<string, string>
  onChange: (patch: Partial<Draft>) => void
}

/** The input of the runs: field by field, or as the JSON that it is. */
function RunInput({ draft, fields, faults, onChange }: RunInputProps) {
  const event = (
    <>
      <code className="font-mono">{`{% $event.${draft.type === 'schedule' ? 'time' : 'data.id'} %}`}</code>{' '}
      reads the event.
    </>
  )
  if (draft.json !== null)
    return (
      <Field label="Input of the run" aside="JSON" hint={event} error={faults.json}>
        {(control) => (
          <Textarea
            {...control}
            className="font-mono text-xs"
            spellCheck={false}
            value={draft.json ?? ''}
            onChange={(change) => onChange({ json: change.target.value })}
          />
        )}
      </Field>
    )
  if (fields.length === 0) return null
  return (
    <fieldset className="grid gap-3">
      <legend className="mb-1 font-medium text-sm">Input of the run</legend>
      <p className="text-ink-3 text-xs">
        {event}
        {draft.type !== 'schedule' && ' All empty: the event’s data is the input.'}
      </p>
      {fields.map(({ name, label, type, required }) => (
        <Field key={name} label={label} aside={required ? type : `${type}, optional`} error={faults[name]}>
          {(control) => (
            <Input
              {...control}
              value={draft.values[name] ?? ''}
              onChange={(change) => onChange({ values: { ...draft.values, [name]: change.target.value } })}
            />
          )}
        </Field>
      ))}
    </fieldset>
  )
}
