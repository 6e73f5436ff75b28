import { createFileRoute, useNavigate } from '@tanstack/react-router'
import { FailureNote } from '@/components/failure'
import { JsonView } from '@/components/json-view'
import { Page } from '@/components/page'
import { SharingMark } from '@/components/sharing-mark'
import { WorkflowStatus } from '@/components/status'
import { Skeleton } from '@/components/ui/skeleton'
import { Tabs } from '@/components/ui/tabs'
import { useConnections } from '@/features/connections/api/queries'
import { RunList } from '@/features/executions/components/run-list'
import { ShareButton } from '@/features/sharing/components/share-button'
import { TriggerList } from '@/features/triggers/components/trigger-list'
import { useWorkflow, useWorkflowsChanged } from '@/features/workflows/api/queries'
import { RehearsalPanel } from '@/features/workflows/components/rehearsal-panel'
import { VersionList } from '@/features/workflows/components/version-list'
import { WorkflowActions } from '@/features/workflows/components/workflow-actions'
import { WorkflowSteps } from '@/features/workflows/components/workflow-steps'
import { oneOf } from '@/lib/search-params'
import { BackLink } from '../../../shell/back-link'

const TABS = ['steps', 'rehearsal', 'triggers', 'runs', 'versions', 'json'] as const
type Tab = (typeof TABS)[number]

export const Route = createFileRoute('/_app/workflows/$id')({
  validateSearch: (search): { tab?: Tab } => ({ tab: oneOf(search, 'tab', TABS) }),
  component: WorkflowPage,
})

function WorkflowPage() {
  const { id } = Route.useParams()
  const { tab = 'steps' } = Route.useSearch()
  const navigate = useNavigate()
  const query = useWorkflow(id)
  const connections = useConnections()
  const changed = useWorkflowsChanged()
  const names = new Map(
    connections.data?.pages.flatMap(({ data }) => data.map((it) => [it.id, it.name] as const)),
  )
  const back = <BackLink to="/workflows">Workflows</BackLink>

  if (query.isPending) {
    return (
      <Page title="Workflow" heading={<Skeleton className="h-6 w-56" />} back={back}>
        <Skeleton className="h-72" />
      </Page>
    )
  }
  if (query.isError) {
    return (
      <Page title="Workflow" back={back}>
        <FailureNote error={query.error} onRetry={() => query.refetch()} />
      </Page>
    )
  }
  const workflow = query.data.data
  return (
    <Page
      title={workflow.name}
      back={back}
      heading={
        <span className="flex flex-wrap items-center gap-2.5">
          {workflow.name} <WorkflowStatus status={workflow.status} /> <SharingMark sharing={workflow} />
        </span>
      }
      description={workflow.description}
      actions={
        <>
          <ShareButton resource={{ kind: 'workflow', ...workflow }} onSaved={changed} />
          <WorkflowActions
            workflow={workflow}
            onStarted={(run) => void navigate({ to: '/runs/$id', params: { id: run } })}
            onRehearse={
              tab === 'rehearsal'
                ? undefined
                : () => void navigate({ to: '/workflows/$id', params: { id }, search: { tab: 'rehearsal' } })
            }
            onDeleted={() => void navigate({ to: '/workflows' })}
          />
        </>
      }
    >
      <Tabs<Tab>
        label="Workflow"
        value={tab}
        onChange={(next) =>
          void navigate({
            to: '/workflows/$id',
            params: { id },
            search: next === 'steps' ? {} : { tab: next },
            replace: true,
          })
        }
        items={[
          { value: 'steps', label: 'Steps' },
          { value: 'rehearsal', label: 'Rehearsal' },
          { value: 'triggers', label: 'Triggers' },
          { value: 'runs', label: 'Runs' },
          { value: 'versions', label: 'Versions', count: workflow.latestVersion },
          { value: 'json', label: 'JSON' },
        ]}
        panelClassName="pt-5"
      >
        {tab === 'steps' && <WorkflowSteps definition={workflow.definition} names={names} />}
        {tab === 'rehearsal' && <RehearsalPanel workflow={workflow} />}
        {tab === 'triggers' && <TriggerList workflow={workflow} />}
        {tab === 'runs' && <RunList filter={{ workflowId: id }} />}
        {tab === 'versions' && <VersionList workflow={workflow} />}
        {tab === 'json' && <JsonView value={workflow.definition} label="workflow document" />}
      </Tabs>
    </Page>
  )
}
