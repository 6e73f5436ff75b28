import { Building2, CircleAlert } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { FailureNote } from '@/components/failure'
import { Button, buttonClass } from '@/components/ui/button'
import { $api } from '@/lib/api/client'
import type { SignInWay } from '@/lib/api/types'
import { cn } from '@/lib/cn'
import { startURL } from '../start-url'

interface SingleSignOnProps {
  /** The address that is typed above. */
  email: string
  /** The page to come back to. */
  returnTo?: string
}

const ADDRESS = /^[^@\s]+@[^@\s]+\.[^@\s]+$/

/** Goes on at the provider of the workspace that holds the address's domain; of several, the person chooses. */
export function SingleSignOn({ email, returnTo }: SingleSignOnProps) {
  const [missing, setMissing] = useState(false)
  const discover = $api.useMutation('post', '/api/auth/discover', {
    onSuccess: ({ data }) => {
      const [only, ...more] = data.ways
      if (only && more.length === 0) location.assign(startURL(only.startUrl, returnTo))
    },
  })
  const address = email.trim()
  const asked = discover.variables?.body.email === address
  const found = asked ? discover.data?.data : undefined
  const typed = ADDRESS.test(address)
  return (
    <div className="mt-3 grid gap-3">
      <Button
        size="lg"
        pending={discover.isPending}
        onClick={() => {
          setMissing(!typed)
          if (typed) discover.mutate({ body: { email: address } })
        }}
      >
        <Building2 aria-hidden /> Sign in with single sign-on
      </Button>
      {missing && !typed && <Note>Enter your work e-mail above first: it tells where you sign in.</Note>}
      {asked && discover.error && <FailureNote error={discover.error} />}
      {found && <Found domain={domainOf(address)} ways={found.ways} returnTo={returnTo} />}
    </div>
  )
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}

interface FoundProps {
  domain: string
  ways: SignInWay[]
  returnTo?: string
}

function Found({ domain, ways, returnTo }: FoundProps) {
  if (ways.length === 0)
    return (
      <Note>
        No workspace has single sign-on for {domain}. Sign in with your password, or ask your admin for the
        address of your workspace’s sign-in.
      </Note>
    )
  if (ways.length === 1) return null
  return (
    <div role="status" className="grid gap-2">
      <p className="text-ink-2 text-sm">People of {domain} sign in with:</p>
      <ul className="grid gap-2">
        {ways.map(({ name, startUrl }) => (
          <li key={startUrl}>
            <a
              className={cn(buttonClass({ size: 'lg' }), 'w-full truncate text-sm')}
              href={startURL(startUrl, returnTo)}
            >
              {name}
            </a>
          </li>
        ))}
      </ul>
    </div>
  )
}

function Note({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className="flex gap-2 text-ink-2 text-sm">
      <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
      <span className="wrap-anywhere min-w-0">{children}</span>
    </p>
  )
}
