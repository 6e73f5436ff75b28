import { useQueryClient } from '@tanstack/react-query'
import { createFileRoute, Link, useRouter } from '@tanstack/react-router'
import { LoginForm } from '@/features/auth/components/login-form'
import { text } from '@/lib/search-params'

interface Search {
  /** The page that asked for the sign-in. */
  redirect?: string
}

export const Route = createFileRoute('/_auth/login')({
  validateSearch: (search): Search => {
    const target = text(search, 'redirect')
    // A path of ours only: "//host" and "https:" would lead away.
    return { redirect: target && /^\/(?![/\\])/.test(target) ? target : undefined }
  },
  component: Login,
})

function Login() {
  const { redirect } = Route.useSearch()
  const router = useRouter()
  const queries = useQueryClient()
  return (
    <LoginForm
      onDone={() => {
        queries.clear()
        router.history.push(redirect ?? '/')
      }}
      registerLink={
        <Link to="/register" className="font-medium text-accent underline underline-offset-2">
          Create a workspace
        </Link>
      }
    />
  )
}
