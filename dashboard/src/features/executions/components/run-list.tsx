import { Link } from '@tanstack/react-router'
import { Waypoints } from 'lucide-react'
import type { ReactNode } from 'react'
import { EmptyState } from '@/components/empty-state'
import { FailureNote } from '@/components/failure'
import { LoadMore } from '@/components/load-more'
import { RunStatus } from '@/components/status'
import { Ago } from '@/components/time'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import type { Execution } from '@/lib/api/types'
import { formatDuration } from '@/lib/format'
import { useNow } from '@/lib/use-now'
import { isLive, type RunFilter, useRuns } from '../api/queries'

interface RunListProps {
  filter: RunFilter
  /** Only so many, without "load more". */
  limit?: number
  emptyAction?: ReactNode
}

export function RunList({ filter, limit, emptyAction }: RunListProps) {
  const query = useRuns(filter)
  const all = query.data?.pages.flatMap(({ data }) => data) ?? []
  const now = useNow(all.some(isLive), 1000)
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows rows={limit} label="Loading runs" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const filtered = Boolean(filter.status || filter.workflowId)
  const runs = limit ? all.slice(0, limit) : all
  return (
    <Card className="overflow-hidden">
      {runs.length === 0 ? (
        <EmptyState
          icon={Waypoints}
          title={filtered ? 'No run matches' : 'Nothing has run yet'}
          action={!filtered && emptyAction}
        >
          {filtered
            ? 'Choose another status to see more.'
            : 'Describe a goal, confirm its plan, and watch it here.'}
        </EmptyState>
      ) : (
        <ul className="divide-y">
          {runs.map((run) => (
            <RunRow key={run.id} run={run} now={now} />
          ))}
        </ul>
      )}
      {!limit && <LoadMore {...query} />}
    </Card>
  )
}

function RunRow({ run, now }: { run: Execution; now: number }) {
  const end = run.completedAt ? new Date(run.completedAt).getTime() : now
  return (
    <li className="relative flex items-center gap-4 px-4 py-2.5 hover:bg-hover/60">
      <div className="w-32 shrink-0 max-sm:w-auto">
        <RunStatus status={run.status} />
      </div>
      <div className="min-w-0 flex-1">
        <Link
          to="/runs/$id"
          params={{ id: run.id }}
          className="block truncate font-medium after:absolute after:inset-0"
        >
          {run.workflowName || run.workflowId}
        </Link>
        <p className="truncate text-ink-3 text-xs">
          {run.error ? (
            <span className="text-bad">
              {run.error.name}: {run.error.cause}
            </span>
          ) : (
            <>version {run.version}</>
          )}
        </p>
      </div>
      <p className="num hidden w-20 text-right text-ink-2 text-sm sm:block">
        {formatDuration(end - new Date(run.startedAt).getTime())}
      </p>
      <p className="w-24 text-right text-ink-3 text-xs">
        <Ago at={run.startedAt} />
      </p>
    </li>
  )
}
