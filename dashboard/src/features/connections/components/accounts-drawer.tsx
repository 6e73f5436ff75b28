import { Link } from '@tanstack/react-router'
import { UsersRound } from 'lucide-react'
import { useState } from 'react'
import { EmptyState } from '@/components/empty-state'
import { FailureNote } from '@/components/failure'
import { LoadMore } from '@/components/load-more'
import { ConnectionStatus } from '@/components/status'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import type { Connection } from '@/lib/api/types'
import { useConnections, useConnectionsChanged } from '../api/queries'
import { Account } from './account'
import { TestResult } from './test-result'

/** All accounts that connections use, in one place. */
export function AccountsDrawer() {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <UsersRound aria-hidden /> Connected accounts
      </Button>
      <Dialog
        open={open}
        onClose={() => setOpen(false)}
        side="right"
        title="Connected accounts"
        description="Whose grants connections use, what they may do, and until when."
      >
        <Accounts />
      </Dialog>
    </>
  )
}

function Accounts() {
  const query = useConnections()
  if (query.isPending) return <SkeletonRows label="Loading accounts" />
  if (query.isError)
    return <FailureNote error={query.error} onRetry={() => query.refetch()} className="mx-5" />
  const all = query.data.pages
    .flatMap(({ data }) => data)
    .filter(({ authType }) => authType === 'OAUTH' || authType === 'TOKEN_EXCHANGE')
  return (
    <div className="grid min-h-0 content-start gap-3 overflow-y-auto px-5 pb-5">
      {all.length === 0 ? (
        <EmptyState icon={UsersRound} title="No accounts yet">
          Connections that sign in with OAuth, or get a token for credentials, show here whose they are.
        </EmptyState>
      ) : (
        <ul className="grid gap-3">
          {all.map((connection) => (
            <li key={connection.id} className="grid gap-3 rounded-lg border p-4">
              <Row connection={connection} />
            </li>
          ))}
        </ul>
      )}
      <LoadMore {...query} />
    </div>
  )
}

function Row({ connection }: { connection: Connection }) {
  const changed = useConnectionsChanged()
  const test = $api.useMutation('post', '/api/apis/{id}/test', { onSettled: changed })
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <Link
          to="/connections/$id"
          params={{ id: connection.id }}
          className="font-medium text-accent text-sm"
        >
          {connection.name}
        </Link>
        <ConnectionStatus status={connection.status} />
      </div>
      <Account connection={connection} />
      <div>
        <Button
          size="sm"
          pending={test.isPending}
          disabled={connection.status === 'NEEDS_AUTHORISATION'}
          onClick={() => test.mutate({ params: { path: { id: connection.id } } })}
        >
          Test
        </Button>
      </div>
      {test.data && <TestResult result={test.data.data} />}
      {test.error && <FailureNote error={test.error} />}
    </>
  )
}
