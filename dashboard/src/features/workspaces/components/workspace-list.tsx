import { Plus } from 'lucide-react'
import { useState } from 'react'
import { FailureNote } from '@/components/failure'
import { ListRow } from '@/components/list-row'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import type { WorkspaceMembership } from '@/lib/api/types'
import { formatDateTime } from '@/lib/format'
import { useMe } from '@/lib/session'
import { useEnterWorkspace, useWorkspaces } from '../membership'
import { NewWorkspace } from './new-workspace'

/** The workspaces that a person belongs to: where they are, and the way to the others. */
export function WorkspaceList() {
  const query = useWorkspaces()
  const { enter, error, isPending } = useEnterWorkspace()
  const [making, setMaking] = useState(false)
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows rows={2} label="Loading workspaces" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  return (
    <div className="grid gap-3">
      {error && <FailureNote error={error} />}
      <Card className="overflow-hidden">
        <ul className="divide-y">
          {query.data.data.map((workspace) => (
            <Row
              key={workspace.id}
              workspace={workspace}
              pending={isPending}
              onEnter={() => enter(workspace.id)}
            />
          ))}
        </ul>
        <div className="flex justify-end border-t bg-sunken px-4 py-2.5">
          <Button size="sm" onClick={() => setMaking(true)}>
            <Plus aria-hidden /> New workspace
          </Button>
        </div>
      </Card>
      {making && <NewWorkspace onClose={() => setMaking(false)} />}
    </div>
  )
}

interface RowProps {
  workspace: WorkspaceMembership
  pending: boolean
  onEnter: () => void
}

function Row({ workspace, pending, onEnter }: RowProps) {
  const { name, role, active, current, ownerId, deleteAt } = workspace
  const owned = ownerId === useMe().user.id
  return (
    <ListRow
      title={
        <>
          {name} {current && <Badge tone="outline">You are here</Badge>}{' '}
          {!active && <Badge tone="warn">Switched off</Badge>}{' '}
          {deleteAt && <Badge tone="warn">Being deleted</Badge>}
        </>
      }
      detail={
        <>
          {role.toLowerCase()}
          {owned && ', owner'}
          {deleteAt && ` · deleted on ${formatDateTime(deleteAt)}`}
          {!active && ' · an admin there can let you in again'}
        </>
      }
    >
      {!current && (
        <Button size="sm" aria-label={`Switch to ${name}`} disabled={!active || pending} onClick={onEnter}>
          Switch
        </Button>
      )}
    </ListRow>
  )
}
