import { useQueryClient } from '@tanstack/react-query'
import { createFileRoute, Link, useRouter } from '@tanstack/react-router'
import { RegisterForm } from '@/features/auth/components/register-form'
import { text } from '@/lib/search-params'

interface Search {
  /** An invitation to join a workspace. */
  invite?: string
}

export const Route = createFileRoute('/_auth/register')({
  validateSearch: (search): Search => ({ invite: text(search, 'invite') }),
  component: Register,
})

function Register() {
  const { invite } = Route.useSearch()
  const router = useRouter()
  const queries = useQueryClient()
  return (
    <RegisterForm
      invite={invite}
      onDone={() => {
        queries.clear()
        router.history.push('/')
      }}
      loginLink={
        <Link
          to="/login"
          search={{ redirect: invite ? `/join?invite=${encodeURIComponent(invite)}` : undefined }}
          className="font-medium text-accent underline underline-offset-2"
        >
          Sign in
        </Link>
      }
    />
  )
}
