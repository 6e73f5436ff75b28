import { useQueryClient } from '@tanstack/react-query'
import { createFileRoute, Link, useRouter } from '@tanstack/react-router'
import { RegisterForm } from '@/features/auth/components/register-form'
import { text } from '@/lib/search-params'
import { useLinkToken } from '../../use-link-token'

interface Search {
  /** An invitation to join a workspace, of an older link; others have it behind "#". */
  invite?: string
}

export const Route = createFileRoute('/_auth/register')({
  validateSearch: (search): Search => ({ invite: text(search, 'invite') }),
  component: Register,
})

function Register() {
  const invite = useLinkToken(Route.useSearch().invite)
  const router = useRouter()
  const queries = useQueryClient()
  return (
    <RegisterForm
      invite={invite || undefined}
      onDone={() => {
        queries.clear()
        router.history.push('/')
      }}
      loginLink={
        <Link
          {...(invite ? { to: '/join', hash: invite } : { to: '/login' })}
          className="font-medium text-accent underline underline-offset-2"
        >
          Sign in
        </Link>
      }
    />
  )
}
