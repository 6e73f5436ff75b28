import type { ReactNode } from 'react'
import { FailureNote } from '@/components/failure'
import { Button } from '@/components/ui/button'
import { $api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'
import { usePageTitle } from '@/lib/use-page-title'

const DONE = {
  verified: ['Your address is confirmed', 'is yours.'],
  changed: ['Your address is changed', 'is the address of your account from now on.'],
  restored: [
    'Your address is back',
    'is the address of your account again. All sessions have ended, and a link to choose a new password is on its way there.',
  ],
} as const

interface ConfirmEmailProps {
  token: string
  onLink: ReactNode
}

/** Does what the link of a letter is for, once its reader says so: programs that look at mail follow links. */
export function ConfirmEmail({ token, onLink }: ConfirmEmailProps) {
  const confirm = $api.useMutation('post', '/api/auth/email/verify')
  usePageTitle('Confirm your address')
  if (confirm.data) {
    const { email, outcome } = confirm.data.data
    const [title, rest] = DONE[outcome as keyof typeof DONE] ?? DONE.verified
    return (
      <div role="status" className="grid gap-3">
        <h1 className="font-semibold text-2xl tracking-[-0.02em]">{title}</h1>
        <p className="text-ink-2 text-sm">
          <strong className="font-medium text-ink">{email}</strong> {rest}
        </p>
        <p className="text-sm">{onLink}</p>
      </div>
    )
  }
  if (!token || fieldMessage(confirm.error, 'token'))
    return (
      <div role="alert" className="grid gap-3">
        <h1 className="font-semibold text-2xl tracking-[-0.02em]">This link does not work</h1>
        <p className="text-ink-2 text-sm">
          It was used, is too old, or is not whole. Sign in and ask for another one in the settings.
        </p>
        <p className="text-sm">{onLink}</p>
      </div>
    )
  return (
    <div className="grid gap-4">
      <header>
        <h1 className="font-semibold text-2xl tracking-[-0.02em]">Confirm your address</h1>
        <p className="mt-1 text-ink-2 text-sm">You came here by a link that APIQ mailed to you.</p>
      </header>
      {confirm.error && <FailureNote error={confirm.error} />}
      <Button
        variant="primary"
        size="lg"
        pending={confirm.isPending}
        onClick={() => confirm.mutate({ body: { token } })}
      >
        Confirm
      </Button>
    </div>
  )
}
