import { createFileRoute, Link, useNavigate } from '@tanstack/react-router'
import { X } from 'lucide-react'
import { Page } from '@/components/page'
import { Button, buttonClass } from '@/components/ui/button'
import { Segmented } from '@/components/ui/segmented'
import { RetryAll } from '@/features/executions/components/retry-all'
import { RunList } from '@/features/executions/components/run-list'
import { oneOf, text } from '@/lib/search-params'
import { useCan } from '@/lib/session'

const STATUSES = ['PENDING', 'RUNNING', 'WAITING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const
type Status = (typeof STATUSES)[number]

interface Search {
  status?: Status
  workflow?: string
}

export const Route = createFileRoute('/_app/runs/')({
  validateSearch: (search): Search => ({
    status: oneOf(search, 'status', STATUSES),
    workflow: text(search, 'workflow'),
  }),
  component: RunsPage,
})

const labels: Record<Status | 'ALL', string> = {
  ALL: 'All',
  PENDING: 'Queued',
  RUNNING: 'Running',
  WAITING: 'Waiting',
  COMPLETED: 'Completed',
  FAILED: 'Failed',
  CANCELLED: 'Cancelled',
}

function RunsPage() {
  const { status, workflow } = Route.useSearch()
  const navigate = useNavigate()
  const mayChange = useCan('change')
  const go = (search: Search) => void navigate({ to: '/runs', search, replace: true })
  return (
    <Page title="Runs" description="Every run, with what each step sent and got back.">
      <div className="mb-4 flex flex-wrap items-center gap-2">
        <Segmented<Status | 'ALL'>
          label="Status"
          value={status ?? 'ALL'}
          onChange={(next) => go({ workflow, ...(next === 'ALL' ? {} : { status: next }) })}
          items={(['ALL', ...STATUSES] as const).map((value) => ({ value, label: labels[value] }))}
          className="max-w-full flex-wrap"
        />
        {workflow && (
          <Button size="sm" onClick={() => go(status ? { status } : {})}>
            One workflow <X aria-label="Show all workflows" />
          </Button>
        )}
        {mayChange && (status === 'FAILED' || status === 'CANCELLED') && (
          <RetryAll key={status} filter={{ status, workflowId: workflow }} />
        )}
      </div>
      <RunList
        filter={{ status, workflowId: workflow }}
        emptyAction={
          mayChange && (
            <Link to="/chat" className={buttonClass({ variant: 'primary' })}>
              Describe a goal
            </Link>
          )
        }
      />
    </Page>
  )
}
