import { createFileRoute, useNavigate } from '@tanstack/react-router'
import { Page } from '@/components/page'
import { SearchInput } from '@/components/search-input'
import { WhoseFilter } from '@/components/whose-filter'
import { AccountsDrawer } from '@/features/connections/components/accounts-drawer'
import { ConnectLink } from '@/features/connections/components/connect-link'
import { ConnectionList } from '@/features/connections/components/connection-list'
import { oneOf, text } from '@/lib/search-params'
import { WHOSE, type Whose } from '@/lib/sharing'

interface Search {
  q?: string
  owner?: Whose
}

export const Route = createFileRoute('/_app/connections/')({
  validateSearch: (search): Search => ({ q: text(search, 'q'), owner: oneOf(search, 'owner', WHOSE) }),
  component: ConnectionsPage,
})

function ConnectionsPage() {
  const { q, owner } = Route.useSearch()
  const navigate = useNavigate()
  const go = (search: Search) => void navigate({ to: '/connections', search, replace: true })
  return (
    <Page
      title="Connections"
      description="APIs that plans may use. Credentials are sealed and never shown again."
      actions={
        <>
          <AccountsDrawer />
          <ConnectLink />
        </>
      }
    >
      <div className="mb-4 flex flex-wrap items-center gap-3">
        <SearchInput
          label="Filter connections"
          value={q ?? ''}
          onChange={(value) => go({ owner, q: value || undefined })}
          className="min-w-48 max-w-sm flex-1"
        />
        <WhoseFilter value={owner} onChange={(next) => go({ q, owner: next })} />
      </div>
      <ConnectionList filter={q} owner={owner} emptyAction={<ConnectLink />} />
    </Page>
  )
}
