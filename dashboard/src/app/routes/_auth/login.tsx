import { useQueryClient } from '@tanstack/react-query'
import { createFileRoute, Link, useRouter } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { LoginForm } from '@/features/auth/components/login-form'
import { text } from '@/lib/search-params'

/** Apart, so that the form is there first. */
const SignInChoices = lazy(() =>
  import('@/features/signin/components/sign-in-choices').then((m) => ({ default: m.SignInChoices })),
)

const SingleSignOn = lazy(() =>
  import('@/features/signin/components/single-sign-on').then((m) => ({ default: m.SingleSignOn })),
)

const PasskeyButton = lazy(() =>
  import('@/features/auth/components/passkey-button').then((m) => ({ default: m.PasskeyButton })),
)

interface Search {
  /** The page that asked for the sign-in. */
  redirect?: string
  /** A workspace with ways to sign in of its own. */
  workspace?: string
  /** Why a sign-in outside came to nothing. */
  error?: string
  /** The person comes from a provider that has signed them out. */
  signedOut?: boolean
}

export const Route = createFileRoute('/_auth/login')({
  validateSearch: (search): Search => {
    const target = text(search, 'redirect')
    // A path of ours only: "//host" and "https:" would lead away.
    return {
      redirect: target && /^\/(?![/\\])/.test(target) ? target : undefined,
      workspace: text(search, 'workspace'),
      error: text(search, 'error'),
      signedOut: 'signedOut' in search || undefined,
    }
  },
  component: Login,
})

function Login() {
  const { redirect, workspace, error, signedOut } = Route.useSearch()
  const router = useRouter()
  const queries = useQueryClient()
  const done = () => {
    queries.clear()
    // What an invitation's link brought along goes on, behind "#" as it came.
    router.history.push((redirect ?? '/') + location.hash)
  }
  return (
    <>
      {signedOut && (
        <p role="status" className="mb-6 rounded-lg border border-ok/30 bg-ok-soft px-4 py-3 text-ok text-sm">
          You are signed out.
        </p>
      )}
      <LoginForm
        onDone={done}
        withEmail={(email) => (
          <Suspense>
            <SingleSignOn email={email} returnTo={redirect} />
          </Suspense>
        )}
        forgotLink={
          <Link to="/forgot-password" className="text-accent underline underline-offset-2">
            Forgot it?
          </Link>
        }
        registerLink={
          <Link to="/register" className="font-medium text-accent underline underline-offset-2">
            Create a workspace
          </Link>
        }
      />
      <Suspense>
        <PasskeyButton onDone={done} />
        <SignInChoices workspace={workspace} returnTo={redirect} error={error} />
      </Suspense>
    </>
  )
}
