import { useState } from 'react'
import { FormDialog } from '@/components/form-dialog'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { $api } from '@/lib/api/client'
import type { Connection } from '@/lib/api/types'
import { formatNumber, plural } from '@/lib/format'
import { useCan } from '@/lib/session'
import { useConnectionsChanged } from '../api/queries'

type Settings = NonNullable<Connection['settings']>

/** How the API wants to be called, as far as its document does not say; changed in a dialog. */
export function CallSettings({ connection }: { connection: Connection }) {
  const [open, setOpen] = useState(false)
  const mayChange = useCan('change')
  const said = sentences(connection.settings ?? {})
  return (
    <div className="flex flex-wrap items-start justify-between gap-2">
      {said.length === 0 ? (
        <span className="text-ink-3">as its document says, at most 32 requests at once</span>
      ) : (
        <ul className="min-w-0 space-y-0.5">
          {said.map((sentence) => (
            <li key={sentence} className="break-words">
              {sentence}
            </li>
          ))}
        </ul>
      )}
      {mayChange && (
        <Button size="sm" onClick={() => setOpen(true)}>
          Change
        </Button>
      )}
      {open && <CallSettingsDialog connection={connection} onClose={() => setOpen(false)} />}
    </div>
  )
}

function sentences({ requestsPerSecond, maxInFlight, idempotencyKey, expiredWhen }: Settings): string[] {
  const said: string[] = []
  if (requestsPerSecond) said.push(`at most ${formatNumber(requestsPerSecond)} requests a second`)
  if (maxInFlight) said.push(`at most ${plural(maxInFlight, 'request')} at once`)
  if (idempotencyKey) said.push(`an idempotency key in ${idempotencyKey.header} with each POST and PATCH`)
  if (expiredWhen) said.push(`the credential has expired when ${expiredWhen}`)
  return said
}

export function CallSettingsDialog({ connection, onClose }: { connection: Connection; onClose: () => void }) {
  const settings = connection.settings ?? {}
  const [rate, setRate] = useState(String(settings.requestsPerSecond ?? ''))
  const [atOnce, setAtOnce] = useState(String(settings.maxInFlight ?? ''))
  const [header, setHeader] = useState(settings.idempotencyKey?.header ?? '')
  const [expiredWhen, setExpiredWhen] = useState(settings.expiredWhen ?? '')
  const changed = useConnectionsChanged()
  const update = $api.useMutation('put', '/api/apis/{id}', {
    onSuccess: async () => {
      onClose()
      await changed()
    },
  })
  const save = () =>
    update.mutate({
      params: { path: { id: connection.id }, header: { 'If-Match': connection.version } },
      body: {
        settings: {
          ...(rate ? { requestsPerSecond: Number(rate) } : {}),
          ...(atOnce ? { maxInFlight: Number(atOnce) } : {}),
          ...(header.trim() ? { idempotencyKey: { header: header.trim() } } : {}),
          ...(expiredWhen.trim() ? { expiredWhen: expiredWhen.trim() } : {}),
        },
      },
    })
  return (
    <FormDialog
      title="How the API is called"
      description="What its document does not say. An empty field leaves it at that."
      submitLabel="Save"
      onSubmit={save}
      onClose={onClose}
      pending={update.isPending}
      error={update.error}
    >
      <Field label="Requests a second" hint="Evenly spread, over all runs.">
        {(props) => (
          <Input
            {...props}
            type="number"
            min={0.01}
            max={1000}
            step="any"
            value={rate}
            onChange={(event) => setRate(event.target.value)}
          />
        )}
      </Field>
      <Field label="Requests at once" hint="More wait their turn. 32 where it is empty.">
        {(props) => (
          <Input
            {...props}
            type="number"
            min={1}
            max={64}
            value={atOnce}
            onChange={(event) => setAtOnce(event.target.value)}
          />
        )}
      </Field>
      <Field
        label="Header for idempotency keys"
        hint="If the API takes them: POST and PATCH are then repeated by themselves, and have one effect."
      >
        {(props) => (
          <Input
            {...props}
            className="font-mono"
            maxLength={100}
            placeholder="Idempotency-Key"
            value={header}
            onChange={(event) => setHeader(event.target.value)}
          />
        )}
      </Field>
      <Field
        label="The credential has expired when"
        hint="An expression over $response.status, $response.headers and $response.body."
      >
        {(props) => (
          <Input
            {...props}
            className="font-mono"
            maxLength={2048}
            placeholder="{% $response.body.error = 'token_expired' %}"
            value={expiredWhen}
            onChange={(event) => setExpiredWhen(event.target.value)}
          />
        )}
      </Field>
    </FormDialog>
  )
}
