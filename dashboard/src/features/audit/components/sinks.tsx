import { useQueryClient } from '@tanstack/react-query'
import { Send, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { EmptyState } from '@/components/empty-state'
import { FailureNote } from '@/components/failure'
import { Ago } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { CopyButton } from '@/components/ui/copy-button'
import { Dialog } from '@/components/ui/dialog'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import type { AuditSink } from '@/lib/api/types'
import { plural } from '@/lib/format'
import { AddBucket } from './add-bucket'
import { AddWebhook } from './add-webhook'

const PATH = '/api/admin/audit/sinks'

/** Where records of the trail are sent on to, for admins. */
export function Sinks() {
  const queries = useQueryClient()
  const query = $api.useQuery('get', PATH)
  const [adding, setAdding] = useState<'webhook' | 'bucket'>()
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
  const add = (
    <div className="flex flex-wrap justify-center gap-2">
      <Button onClick={() => setAdding('webhook')}>Add a webhook</Button>
      <Button onClick={() => setAdding('bucket')}>Add a bucket</Button>
    </div>
  )
  const made = (shown = '') => {
    setAdding(undefined)
    setSecret(shown)
    void queries.invalidateQueries({ queryKey: ['get', PATH] })
  }
  return (
    <>
      <Card className="overflow-hidden">
        {sinks.length === 0 ? (
          <EmptyState icon={Send} title="Records stay here" action={add}>
            They can also be sent on, as they are written, to a server or a bucket that keeps them.
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
      {adding === 'webhook' && <AddWebhook onClose={() => setAdding(undefined)} onMade={made} />}
      {adding === 'bucket' && <AddBucket onClose={() => setAdding(undefined)} onMade={() => made()} />}
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
        description={removing ? `${placeOf(removing)} keeps what it has. The trail here stays as it is.` : ''}
        confirmLabel="Remove"
      >
        {remove.error && <FailureNote error={remove.error} />}
      </ConfirmDialog>
    </>
  )
}

/** Where a sink sends records, in one line. */
function placeOf(sink: AuditSink): string {
  return sink.type === 's3' ? `s3://${sink.bucket}/${sink.prefix ?? ''}` : sink.host
}

function SinkRow({ sink, onRemove }: { sink: AuditSink; onRemove: () => void }) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5">
      <div className="min-w-0 flex-1 basis-56">
        <p className="truncate font-medium text-sm">{placeOf(sink)}</p>
        <p className="text-ink-3 text-xs">
          {sink.deliveredAt ? (
            <>
              {plural(sink.delivered, 'record')} sent, last <Ago at={sink.deliveredAt} />
            </>
          ) : (
            'nothing sent yet'
          )}
          {sink.type === 's3' && ` · ${sink.roleArn ? 'as a role' : 'by an access key'} · ${sink.host}`}
          {sink.objectLockDays &&
            ` · locked for ${plural(sink.objectLockDays, 'day')}, ${sink.objectLockMode?.toLowerCase()}`}
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
      <Button variant="ghost" size="icon" aria-label={`Remove ${placeOf(sink)}`} onClick={onRemove}>
        <Trash2 aria-hidden />
      </Button>
    </li>
  )
}
