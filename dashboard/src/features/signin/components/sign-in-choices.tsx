import { CircleAlert } from 'lucide-react'
import { buttonClass } from '@/components/ui/button'
import { $api } from '@/lib/api/client'
import { cn } from '@/lib/cn'
import { refusal } from '../refusals'
import { startURL } from '../start-url'

interface SignInChoicesProps {
  /** A workspace with ways of its own. */
  workspace?: string
  /** The page to come back to. */
  returnTo?: string
  /** The server's code for a sign-in that came to nothing. */
  error?: string
}

/** The ways to sign in outside: those that are set up as links, the others grey. */
export function SignInChoices({ workspace, returnTo, error }: SignInChoicesProps) {
  const query = $api.useQuery('get', '/api/auth/providers', { params: { query: { workspace } } })
  const choices = query.data?.data ?? []
  return (
    <div className="mt-6 grid gap-3">
      {error && (
        <p
          role="alert"
          className="flex gap-3 rounded-lg border border-bad/30 bg-bad-soft px-4 py-3 text-bad text-sm"
        >
          <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
          {refusal(error)}
        </p>
      )}
      <div className="flex items-center gap-3 text-ink-3 text-xs">
        <span className="h-px flex-1 bg-line" /> or <span className="h-px flex-1 bg-line" />
      </div>
      <ul className="grid grid-cols-2 gap-2">
        {choices.map(({ id, name, startUrl }) => (
          <li key={id}>
            {startUrl ? (
              <a
                className={cn(buttonClass({ size: 'lg' }), 'w-full truncate text-sm')}
                href={startURL(startUrl, returnTo)}
              >
                {name}
              </a>
            ) : (
              <button
                type="button"
                disabled
                title={`${name} is not set up here`}
                className={cn(buttonClass({ size: 'lg' }), 'w-full truncate text-sm')}
              >
                {name}
              </button>
            )}
          </li>
        ))}
      </ul>
      {query.isSuccess && choices.some(({ configured }) => !configured) && (
        <p className="text-ink-3 text-xs">What is grey is not set up here. Admins do that in the settings.</p>
      )}
      {query.isError && (
        <p className="text-ink-3 text-xs">
          Other ways to sign in could not be asked for. Reload to see them.
        </p>
      )}
    </div>
  )
}
