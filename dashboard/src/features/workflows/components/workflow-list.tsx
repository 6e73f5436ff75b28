import { Link } from '@tanstack/react-router'
import { ChevronRight, Workflow as Icon } from 'lucide-react'
import type { ReactNode } from 'react'
import { EmptyState } from '@/components/empty-state'
import { FailureNote } from '@/components/failure'
import { LoadMore } from '@/components/load-more'
import { SharingMark } from '@/components/sharing-mark'
import { WorkflowStatus } from '@/components/status'
import { Ago } from '@/components/time'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import type { WorkflowState } from '@/lib/api/types'
import { plural } from '@/lib/format'
import type { Whose } from '@/lib/sharing'
import { useWorkflows } from '../api/queries'

interface WorkflowListProps {
  status?: WorkflowState
  /** Whose they are; all where it is left out. */
  owner?: Whose
  emptyAction?: ReactNode
}

export function WorkflowList({ status, owner, emptyAction }: WorkflowListProps) {
  const query = useWorkflows(status, owner)
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows label="Loading workflows" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const workflows = query.data.pages.flatMap(({ data }) => data)
  return (
    <Card className="overflow-hidden">
      {workflows.length === 0 ? (
        <EmptyState
          icon={Icon}
          title={status || owner ? 'No workflow like that' : 'No workflow yet'}
          action={!status && !owner && emptyAction}
        >
          {status || owner
            ? 'Choose another status, or those of everybody, to see more.'
            : 'Confirm a plan in the chat, or use a template, and it is kept here with all its versions.'}
        </EmptyState>
      ) : (
        <ul className="divide-y">
          {workflows.map((workflow) => (
            <li key={workflow.id} className="relative flex items-center gap-4 px-4 py-3 hover:bg-hover/60">
              <div className="min-w-0 flex-1">
                <Link
                  to="/workflows/$id"
                  params={{ id: workflow.id }}
                  className="block truncate font-medium after:absolute after:inset-0"
                >
                  {workflow.name}
                </Link>
                <p className="truncate text-ink-3 text-xs">
                  {workflow.description || plural(workflow.stepCount, 'step')}
                </p>
              </div>
              <p className="num hidden w-32 text-right text-ink-2 text-sm sm:block">
                {plural(workflow.stepCount, 'step')} · v{workflow.latestVersion}
              </p>
              <p className="hidden w-24 text-right text-ink-3 text-xs md:block">
                <Ago at={workflow.updatedAt} />
              </p>
              <SharingMark sharing={workflow} />
              <WorkflowStatus status={workflow.status} />
              <ChevronRight className="hidden size-4 text-ink-3 sm:block" aria-hidden />
            </li>
          ))}
        </ul>
      )}
      <LoadMore {...query} />
    </Card>
  )
}
