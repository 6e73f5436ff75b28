import { createFileRoute, useNavigate } from '@tanstack/react-router'
import { Page } from '@/components/page'
import { SearchInput } from '@/components/search-input'
import { AccountsDrawer } from '@/features/connections/components/accounts-drawer'
import { ConnectLink } from '@/features/connections/components/connect-link'
import { ConnectionList } from '@/features/connections/components/connection-list'
import { text } from '@/lib/search-params'

export const Route = createFileRoute('/_app/connections/')({
  validateSearch: (search): { q?: string } => ({ q: text(search, 'q') }),
  component: ConnectionsPage,
})

function ConnectionsPage() {
  const { q } = Route.useSearch()
  const navigate = useNavigate()
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
      <SearchInput
        label="Filter connections"
        value={q ?? ''}
        onChange={(value) =>
          void navigate({ to: '/connections', search: value ? { q: value } : {}, replace: true })
        }
        className="mb-4 max-w-sm"
      />
      <ConnectionList filter={q} emptyAction={<ConnectLink />} />
    </Page>
  )
}
