import { createFileRoute, Link, useNavigate } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { Page } from '@/components/page'
import { SearchInput } from '@/components/search-input'
import { buttonClass } from '@/components/ui/button'
import { ConnectionList } from '@/features/connections/components/connection-list'
import { text } from '@/lib/search-params'
import { useCan } from '@/lib/session'

export const Route = createFileRoute('/_app/connections/')({
  validateSearch: (search): { q?: string } => ({ q: text(search, 'q') }),
  component: ConnectionsPage,
})

function ConnectionsPage() {
  const { q } = Route.useSearch()
  const navigate = useNavigate()
  const add = useCan('change') && (
    <Link to="/connections/new" className={buttonClass({ variant: 'primary' })}>
      <Plus aria-hidden /> Connect an API
    </Link>
  )
  return (
    <Page
      title="Connections"
      description="APIs that plans may use. Credentials are sealed and never shown again."
      actions={add}
    >
      <SearchInput
        label="Filter connections"
        value={q ?? ''}
        onChange={(value) =>
          void navigate({ to: '/connections', search: value ? { q: value } : {}, replace: true })
        }
        className="mb-4 max-w-sm"
      />
      <ConnectionList filter={q} emptyAction={add} />
    </Page>
  )
}
