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
import { Skeleton, SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import type { Workflow } from '@/lib/api/types'
import { notify } from '@/lib/notify'
import { useCan } from '@/lib/session'
import { mayDo } from '@/lib/sharing'
import { useVersions, useWorkflowsChanged } from '../api/queries'

/** Every change made a version, and none of them changes again; an old one comes back as the newest. */
export function VersionList({ workflow }: { workflow: Workflow }) {
  const query = useVersions(workflow.id)
  const [open, setOpen] = useState<number | null>(null)
  const mayChange = useCan('change') && mayDo(workflow, 'edit')
  const changed = useWorkflowsChanged()
  const rollback = $api.useMutation('post', '/api/workflows/{id}/rollback', {
    onSuccess: ({ data }) => {
      notify('success', `Brought back as version ${data.latestVersion}`)
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
          {versions.map(({ version, createdAt, rolledBackTo }) => (
            <li key={version} className="px-4 py-2.5">
              <div className="flex flex-wrap items-center gap-3 text-sm">
                <span className="num font-medium">Version {version}</span>
                {version === workflow.latestVersion && <Badge tone="accent">Newest</Badge>}
                <span className="min-w-0 flex-1 truncate text-ink-3 text-xs">
                  <Ago at={createdAt} />
                  {rolledBackTo ? ` · version ${rolledBackTo} again` : ''}
                </span>
                <Button
                  size="sm"
                  variant="ghost"
                  aria-expanded={open === version}
                  onClick={() => setOpen(open === version ? null : version)}
                >
                  {open === version ? 'Hide' : 'Show'} document
                </Button>
                {mayChange && version !== workflow.latestVersion && (
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
              {open === version && <VersionDocument workflow={workflow.id} version={version} />}
            </li>
          ))}
        </ul>
        <LoadMore {...query} />
      </Card>
    </div>
  )
}

function VersionDocument({ workflow, version }: { workflow: string; version: number }) {
  const query = $api.useQuery(
    'get',
    '/api/workflows/{id}/versions',
    { params: { path: { id: workflow }, query: { version } } },
    // A version never changes.
    { staleTime: Number.POSITIVE_INFINITY },
  )
  if (query.isPending) return <Skeleton className="mt-2 h-40" />
  if (query.isError)
    return <FailureNote error={query.error} onRetry={() => query.refetch()} className="mt-2" />
  return (
    <JsonView
      value={query.data.data[0]?.definition}
      label={`document of version ${version}`}
      className="mt-2"
    />
  )
}
