import { useQueryClient } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import { EmptyState } from '@/components/empty-state'
import { FailureNote } from '@/components/failure'
import { Ago } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import type { DataKey, KeySweep } from '@/lib/api/types'
import { plural } from '@/lib/format'
import { notify } from '@/lib/notify'
import { OwnKey } from './own-key'

const PATH = '/api/admin/keys'
/** How often a sweep under way is looked at. */
const LOOK = 2000

function underWay(sweep: KeySweep | undefined): boolean {
  return sweep?.state === 'waiting' || sweep?.state === 'running'
}

/** The keys that what is secret of the workspace lies under, and their rotation. */
export function DataKeys() {
  const queries = useQueryClient()
  const query = $api.useQuery(
    'get',
    PATH,
    {},
    { refetchInterval: ({ state }) => (underWay(state.data?.data.sweep) ? LOOK : false) },
  )
  const [asking, setAsking] = useState(false)
  const rotate = $api.useMutation('post', '/api/admin/keys/rotate', {
    onSuccess: () => {
      setAsking(false)
      notify('success', 'A new data key is in use')
      return queries.invalidateQueries({ queryKey: ['get', PATH] })
    },
  })
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows rows={2} label="Loading the keys" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const status = query.data.data
  const { keys, sweep, master, rotateAfterDays, principal } = status
  return (
    <div className="grid gap-3">
      <p className="text-ink-2 text-sm">
        Credentials, grants and webhook secrets lie under a key of this workspace alone. Every{' '}
        {rotateAfterDays} days another takes its place, and what lies under the old one is sealed anew.
        Nothing stops meanwhile.
      </p>
      <Card className="overflow-hidden">
        {keys.length === 0 ? (
          <EmptyState icon={KeyRound} title="No key yet">
            The first one is made when the first credential is stored.
          </EmptyState>
        ) : (
          <ul className="divide-y">
            {keys.map((key) => (
              <KeyRow key={key.id} dataKey={key} />
            ))}
          </ul>
        )}
        <div className="flex flex-wrap items-center justify-between gap-3 border-t bg-sunken px-4 py-2.5">
          <p className="min-w-0 truncate text-ink-3 text-xs">
            Wrapped by the master key <code className="font-mono">{master}</code>
          </p>
          <Button size="sm" disabled={keys.length === 0} onClick={() => setAsking(true)}>
            Rotate the key
          </Button>
        </div>
      </Card>
      {sweep && <Progress sweep={sweep} />}
      {principal && <OwnKey keys={status} principal={principal} />}
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => rotate.mutate({})}
        pending={rotate.isPending}
        title="Make a new data key?"
        description="It is used at once. What lies under the key before is sealed anew in the background; that key goes a day later, when nothing lies under it any more."
        confirmLabel="Rotate"
      >
        {rotate.error && <FailureNote error={rotate.error} />}
      </ConfirmDialog>
    </div>
  )
}

function KeyRow({ dataKey }: { dataKey: DataKey }) {
  const { id, current, createdAt, replacedAt, values } = dataKey
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5">
      <div className="min-w-0 flex-1 basis-56">
        <p className="truncate font-mono text-xs" title={id}>
          {id}
        </p>
        <p className="text-ink-3 text-xs">
          made <Ago at={createdAt} />
          {replacedAt && (
            <>
              , replaced <Ago at={replacedAt} />
            </>
          )}
        </p>
      </div>
      <span className="num text-ink-2 text-xs">
        {values === undefined ? 'not counted yet' : plural(values, 'value')}
      </span>
      <Badge tone={current ? 'ok' : 'neutral'}>{current ? 'in use' : 'old'}</Badge>
    </li>
  )
}

function Progress({ sweep }: { sweep: KeySweep }) {
  return (
    <p role="status" className="text-ink-2 text-sm">
      {sweep.state === 'waiting' && 'What lies under older keys waits to be sealed anew.'}
      {sweep.state === 'running' && 'What lies under older keys is being sealed anew …'}
      {sweep.state === 'failed' &&
        'Not everything could be sealed anew. It is tried again; the log says why.'}
      {sweep.state === 'done' && (
        <>
          Everything lies under the key in use: {plural(sweep.resealed, 'value')} sealed anew by the last
          sweep, <Ago at={sweep.endedAt} />.
        </>
      )}
    </p>
  )
}
