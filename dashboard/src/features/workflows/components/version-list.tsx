import { History } from 'lucide-react'
import { useState } from 'react'
import { EmptyState } from '@/components/empty-state'
import { FailureNote } from '@/components/failure'
import { JsonView } from '@/components/json-view'
import { LoadMore } from '@/components/load-more'
import { Ago } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import type { Workflow } from '@/lib/api/types'
import { notify } from '@/lib/notify'
import { useCan } from '@/lib/session'
import { useVersions, useWorkflowsChanged } from '../api/queries'

/** Every change made a version, and none of them changes again; an old one comes back as the newest. */
export function VersionList({ workflow }: { workflow: Workflow }) {
  const query = useVersions(workflow.id)
  const [open, setOpen] = useState<number | null>(null)
  const mayChange = useCan('change')
  const changed = useWorkflowsChanged()
  const rollback = $api.useMutation('post', '/api/workflows/{id}/rollback', {
    onSuccess: ({ data }) => {
      notify('success', `Version ${data.version} is now the newest`)
      return changed()
    },
  })
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows rows={3} label="Loading versions" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const versions = query.data.pages.flatMap(({ data }) => data)
  return (
    <div className="grid gap-3">
      {rollback.error && <FailureNote error={rollback.error} />}
      <Card className="overflow-hidden">
        {versions.length === 0 && (
          <EmptyState icon={History} title="No version kept">
            A change makes one.
          </EmptyState>
        )}
        <ul className="divide-y">
          {versions.map(({ version, createdAt, createdBy, definition }) => (
            <li key={version} className="px-4 py-2.5">
              <div className="flex flex-wrap items-center gap-3 text-sm">
                <span className="num font-medium">Version {version}</span>
                {version === workflow.version && <Badge tone="accent">Newest</Badge>}
                <span className="min-w-0 flex-1 truncate text-ink-3 text-xs">
                  <Ago at={createdAt} /> by {createdBy}
                </span>
                <Button
                  size="sm"
                  variant="ghost"
                  aria-expanded={open === version}
                  onClick={() => setOpen(open === version ? null : version)}
                >
                  {open === version ? 'Hide' : 'Show'} document
                </Button>
                {mayChange && version !== workflow.version && (
                  <Button
                    size="sm"
                    pending={rollback.isPending && rollback.variables.body.version === version}
                    onClick={() =>
                      rollback.mutate({ params: { path: { id: workflow.id } }, body: { version } })
                    }
                  >
                    Bring back
                  </Button>
                )}
              </div>
              {open === version && (
                <JsonView value={definition} label={`document of version ${version}`} className="mt-2" />
              )}
            </li>
          ))}
        </ul>
        <LoadMore {...query} />
      </Card>
    </div>
  )
}
