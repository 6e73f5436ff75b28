import { createFileRoute, Link } from '@tanstack/react-router'
import { MailQuestion } from 'lucide-react'
import { EmptyState } from '@/components/empty-state'
import { Page } from '@/components/page'
import { buttonClass } from '@/components/ui/button'
import { Join } from '@/features/settings/components/join'
import { text } from '@/lib/search-params'

interface Search {
  /** An invitation to join a workspace. */
  invite?: string
}

export const Route = createFileRoute('/_app/join')({
  validateSearch: (search): Search => ({ invite: text(search, 'invite') }),
  component: JoinPage,
})

function JoinPage() {
  const { invite } = Route.useSearch()
  const home = (
    <Link to="/" className={buttonClass({})}>
      Not now
    </Link>
  )
  return (
    <Page title="Join a workspace" width="read">
      {invite ? (
        <Join invite={invite} elsewhere={home} />
      ) : (
        <EmptyState icon={MailQuestion} title="There is no invitation in this link">
          Open the link of the message again, whole, or ask for a new one.
        </EmptyState>
      )}
    </Page>
  )
}
