import { createFileRoute, useNavigate } from '@tanstack/react-router'
import { FailureNote } from '@/components/failure'
import { Page } from '@/components/page'
import { SharingMark } from '@/components/sharing-mark'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { Skeleton } from '@/components/ui/skeleton'
import { Tabs } from '@/components/ui/tabs'
import { useConnection, useConnectionsChanged } from '@/features/connections/api/queries'
import { AccessForm } from '@/features/connections/components/access-step'
import { ConnectionActions, ConnectionOverview } from '@/features/connections/components/connection-detail'
import { ReportFindings } from '@/features/connections/components/report-findings'
import { findingCount } from '@/features/connections/report'
import { OperationBrowser } from '@/features/operations/components/operation-browser'
import { OPERATION_TABS, type OperationTab } from '@/features/operations/tabs'
import { ShareButton } from '@/features/sharing/components/share-button'
import { oneOf, text } from '@/lib/search-params'
import { useCan } from '@/lib/session'
import { mayDo } from '@/lib/sharing'
import { BackLink } from '../../../shell/back-link'

const TABS = ['overview', 'operations', 'validation', 'access'] as const
type Tab = (typeof TABS)[number]

interface Search {
  tab?: Tab
  /** Search over the operations. */
  q?: string
  /** The operation that is open. */
  op?: string
  view?: OperationTab
}

export const Route = createFileRoute('/_app/connections/$id')({
  validateSearch: (search): Search => ({
    tab: oneOf(search, 'tab', TABS),
    q: text(search, 'q'),
    op: text(search, 'op'),
    view: oneOf(search, 'view', OPERATION_TABS),
  }),
  component: ConnectionPage,
})

function ConnectionPage() {
  const { id } = Route.useParams()
  const search = Route.useSearch()
  const navigate = useNavigate()
  const query = useConnection(id)
  const mayChange = useCan('change')
  const changed = useConnectionsChanged()
  const back = <BackLink to="/connections">Connections</BackLink>
  const go = (next: Search, replace = false) =>
    void navigate({ to: '/connections/$id', params: { id }, search: next, replace })

  if (query.isPending) {
    return (
      <Page title="Connection" heading={<Skeleton className="h-6 w-48" />} back={back}>
        <Skeleton className="h-72" />
      </Page>
    )
  }
  if (query.isError) {
    return (
      <Page title="Connection" back={back}>
        <FailureNote error={query.error} onRetry={() => query.refetch()} />
      </Page>
    )
  }
  const connection = query.data.data
  const mayEdit = mayChange && mayDo(connection, 'edit')
  // A link may outlive the report that it leads to.
  const tab = search.tab === 'validation' && !connection.report ? 'overview' : (search.tab ?? 'overview')
  return (
    <Page
      title={connection.name}
      back={back}
      width={tab === 'operations' ? 'wide' : 'normal'}
      heading={
        <span className="flex items-center gap-2.5">
          {connection.name} {connection.sample && <Badge tone="outline">Sample</Badge>}
          <SharingMark sharing={connection} />
        </span>
      }
      actions={
        <>
          <ShareButton resource={{ kind: 'connection', ...connection }} onSaved={changed} />
          <ConnectionActions
            connection={connection}
            onDeleted={() => void navigate({ to: '/connections' })}
          />
        </>
      }
    >
      <Tabs<Tab>
        label="Connection"
        value={tab}
        onChange={(next) => go(next === 'overview' ? {} : { tab: next })}
        items={[
          { value: 'overview', label: 'Overview' },
          { value: 'operations', label: 'Operations', count: connection.endpointCount },
          ...(connection.report
            ? [
                {
                  value: 'validation' as const,
                  label: 'Validation',
                  count: findingCount(connection.report),
                },
              ]
            : []),
          ...(mayEdit ? [{ value: 'access' as const, label: 'Address and sign-in' }] : []),
        ]}
        panelClassName="pt-5"
      >
        {tab === 'overview' && <ConnectionOverview connection={connection} />}
        {tab === 'operations' && (
          <OperationBrowser
            connection={id}
            q={search.q ?? ''}
            onSearch={(q) => go({ ...search, q: q || undefined }, true)}
            operation={search.op}
            onSelect={(op) => go({ ...search, op })}
            tab={search.view ?? 'reference'}
            onTab={(view) => go({ ...search, view: view === 'reference' ? undefined : view }, true)}
            mayTry={mayChange}
          />
        )}
        {tab === 'validation' && connection.report && (
          <ReportFindings connection={id} report={connection.report} />
        )}
        {tab === 'access' && mayEdit && (
          <Card className="max-w-3xl p-5 sm:p-6">
            <AccessForm
              key={connection.version}
              connection={connection}
              submitLabel="Save"
              onSaved={() => go({})}
            />
          </Card>
        )}
      </Tabs>
    </Page>
  )
}
