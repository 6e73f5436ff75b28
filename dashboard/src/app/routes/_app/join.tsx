import { createFileRoute, Link } from '@tanstack/react-router'
import { MailQuestion } from 'lucide-react'
import { EmptyState } from '@/components/empty-state'
import { Page } from '@/components/page'
import { buttonClass } from '@/components/ui/button'
import { Join } from '@/features/settings/components/join'
import { text } from '@/lib/search-params'
import { useLinkToken } from '../../use-link-token'

interface Search {
  /** An invitation to join a workspace, of an older link; others have it behind "#". */
  invite?: string
}

export const Route = createFileRoute('/_app/join')({
  validateSearch: (search): Search => ({ invite: text(search, 'invite') }),
  component: JoinPage,
})

function JoinPage() {
  const invite = useLinkToken(Route.useSearch().invite)
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
