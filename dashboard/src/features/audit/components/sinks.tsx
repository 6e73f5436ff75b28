import { useQueryClient } from '@tanstack/react-query'
import { Send, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { EmptyState } from '@/components/empty-state'
import { FailureNote } from '@/components/failure'
import { FormDialog } from '@/components/form-dialog'
import { Ago } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { CopyButton } from '@/components/ui/copy-button'
import { Dialog } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/field'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'
import type { AuditSink } from '@/lib/api/types'
import { plural } from '@/lib/format'

const PATH = '/api/admin/audit/sinks'

/** Where records of the trail are sent on to, for admins. */
export function Sinks() {
  const queries = useQueryClient()
  const query = $api.useQuery('get', PATH)
  const [adding, setAdding] = useState(false)
  const [secret, setSecret] = useState('')
  const [removing, setRemoving] = useState<AuditSink | null>(null)
  const remove = $api.useMutation('delete', '/api/admin/audit/sinks/{id}', {
    onSuccess: () => {
      setRemoving(null)
      return queries.invalidateQueries({ queryKey: ['get', PATH] })
    },
  })
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows rows={2} label="Loading where records are sent" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const sinks = query.data.data
  const add = <Button onClick={() => setAdding(true)}>Add a webhook</Button>
  return (
    <>
      <Card className="overflow-hidden">
        {sinks.length === 0 ? (
          <EmptyState icon={Send} title="Records stay here" action={add}>
            They can also be sent on, as they are written, to a server that keeps them.
          </EmptyState>
        ) : (
          <>
            <ul className="divide-y">
              {sinks.map((sink) => (
                <SinkRow key={sink.id} sink={sink} onRemove={() => setRemoving(sink)} />
              ))}
            </ul>
            <div className="flex justify-end border-t bg-sunken px-4 py-2.5">{add}</div>
          </>
        )}
      </Card>
      {adding && (
        <AddSink
          onClose={() => setAdding(false)}
          onMade={(made) => {
            setAdding(false)
            setSecret(made)
            void queries.invalidateQueries({ queryKey: ['get', PATH] })
          }}
        />
      )}
      <Dialog
        open={secret !== ''}
        onClose={() => setSecret('')}
        title="The secret of this webhook"
        description="Deliveries are signed with it (Standard Webhooks). It is shown this once."
      >
        <div className="flex items-center gap-2 px-5 pb-5">
          <code className="min-w-0 flex-1 break-all rounded bg-sunken px-3 py-2 font-mono text-xs">
            {secret}
          </code>
          <CopyButton text={secret} label="Copy the secret" />
        </div>
      </Dialog>
      <ConfirmDialog
        open={removing !== null}
        onClose={() => setRemoving(null)}
        onConfirm={() => removing && remove.mutate({ params: { path: { id: removing.id } } })}
        pending={remove.isPending}
        title="Send no more records there?"
        description={removing ? `${removing.host} keeps what it has. The trail here stays as it is.` : ''}
        confirmLabel="Remove"
      >
        {remove.error && <FailureNote error={remove.error} />}
      </ConfirmDialog>
    </>
  )
}

function SinkRow({ sink, onRemove }: { sink: AuditSink; onRemove: () => void }) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5">
      <div className="min-w-0 flex-1 basis-56">
        <p className="truncate font-medium text-sm">{sink.host}</p>
        <p className="text-ink-3 text-xs">
          {plural(sink.delivered, 'record')} sent, last <Ago at={sink.deliveredAt} />
        </p>
        {sink.state === 'failing' && (
          <p className="text-warn text-xs">
            {sink.lastError}; tried again <Ago at={sink.nextAt} />
          </p>
        )}
      </div>
      <Badge tone={sink.state === 'failing' ? 'warn' : 'ok'}>
        {sink.state === 'failing' ? 'failing' : 'up to date'}
      </Badge>
      <Button variant="ghost" size="icon" aria-label={`Remove ${sink.host}`} onClick={onRemove}>
        <Trash2 aria-hidden />
      </Button>
    </li>
  )
}

function AddSink({ onClose, onMade }: { onClose: () => void; onMade: (secret: string) => void }) {
  const [url, setUrl] = useState('')
  const [fromStart, setFromStart] = useState(false)
  const create = $api.useMutation('post', PATH, { onSuccess: ({ data }) => onMade(data.secret) })
  return (
    <FormDialog
      title="Send records to a webhook"
      description="Each delivery is a signed POST of records as NDJSON, oldest first."
      submitLabel="Add"
      noValidate
      onSubmit={() => create.mutate({ body: { type: 'webhook', url: url.trim(), fromStart } })}
      onClose={onClose}
      pending={create.isPending}
      error={create.error}
      disabled={!url.trim()}
    >
      <Field label="Address" error={fieldMessage(create.error, 'url')}>
        {(field) => (
          <Input
            {...field}
            type="url"
            placeholder="https://siem.example.com/apiq"
            value={url}
            onChange={(event) => setUrl(event.target.value)}
          />
        )}
      </Field>
      <label className="flex items-center gap-2 text-sm">
        <input type="checkbox" checked={fromStart} onChange={(event) => setFromStart(event.target.checked)} />
        Send what was recorded before, too
      </label>
    </FormDialog>
  )
}
