import { FailureNote } from '@/components/failure'
import { ListRow } from '@/components/list-row'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { $api } from '@/lib/api/client'
import type { Deletion } from '@/lib/api/types'
import { formatDateTime } from '@/lib/format'
import { saveBlob } from '@/lib/save-file'

/** Proofs that workspaces of the person were deleted; nothing where none was. */
export function Deletions() {
  const query = $api.useQuery('get', '/api/workspaces/deletions')
  if (query.isPending) return null
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  if (query.data.data.length === 0)
    return <p className="text-ink-3 text-sm">None. What was deleted leaves a proof here.</p>
  return (
    <Card className="overflow-hidden">
      <ul className="divide-y">
        {query.data.data.map((deletion) => (
          <ListRow
            key={deletion.workspaceId}
            title={<span className="font-mono">{deletion.workspaceId}</span>}
            detail={`deleted on ${formatDateTime(deletion.deletedAt)}`}
          >
            <Button
              size="sm"
              aria-label={`Save the proof of ${deletion.workspaceId}`}
              onClick={() => save(deletion)}
            >
              Save the proof
            </Button>
          </ListRow>
        ))}
      </ul>
    </Card>
  )
}

function save(deletion: Deletion): void {
  const text = JSON.stringify(deletion, null, 2)
  saveBlob(`${deletion.workspaceId}-deleted.json`, new Blob([text], { type: 'application/json' }))
}
