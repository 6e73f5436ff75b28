import { useQueryClient } from '@tanstack/react-query'
import { MonitorSmartphone } from 'lucide-react'
import { useState } from 'react'
import { FailureNote } from '@/components/failure'
import { Ago } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'

/** Where a person is signed in, and the end of it. */
export function Sessions() {
  const queries = useQueryClient()
  const query = $api.useQuery('get', '/api/auth/sessions')
  const onSuccess = () => queries.invalidateQueries({ queryKey: ['get', '/api/auth/sessions'] })
  const end = $api.useMutation('delete', '/api/auth/sessions/{id}', { onSuccess })
  const endOthers = $api.useMutation('delete', '/api/auth/sessions', {
    onSuccess: async () => {
      await onSuccess()
      setAsking(false)
    },
  })
  const [asking, setAsking] = useState(false)
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows rows={2} label="Loading sessions" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const sessions = query.data.data
  const error = end.error ?? endOthers.error
  return (
    <div className="grid gap-3">
      {error && <FailureNote error={error} />}
      <Card className="overflow-hidden">
        <ul className="divide-y" aria-label="Sessions">
          {sessions.map((session) => (
            <li key={session.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2.5">
              <MonitorSmartphone className="size-4 shrink-0 text-ink-3" aria-hidden />
              <div className="min-w-0 flex-1 basis-48">
                <p className="truncate font-medium text-sm">
                  {session.device} {session.current && <Badge tone="outline">This one</Badge>}
                </p>
                <p className="truncate text-ink-3 text-xs">
                  {session.ip || 'unknown address'} · used <Ago at={session.lastSeenAt} /> · since{' '}
                  <Ago at={session.createdAt} />
                </p>
              </div>
              {!session.current && (
                <Button
                  size="sm"
                  pending={end.isPending && end.variables?.params.path.id === session.id}
                  aria-label={`End the session of ${session.device}`}
                  onClick={() => end.mutate({ params: { path: { id: session.id } } })}
                >
                  End
                </Button>
              )}
            </li>
          ))}
        </ul>
      </Card>
      {sessions.length > 1 && (
        <Button className="justify-self-start" onClick={() => setAsking(true)}>
          End all others
        </Button>
      )}
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => endOthers.mutate({})}
        pending={endOthers.isPending}
        title="End all other sessions?"
        description="Every other browser and program that is signed in as you has to sign in again. API tokens stay."
        confirmLabel="End them"
      />
    </div>
  )
}
