import { type FormEvent, type ReactNode, useState } from 'react'
import { FailureNote } from '@/components/failure'
import { PasswordField } from '@/components/password-field'
import { Button } from '@/components/ui/button'
import { $api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'
import { usePageTitle } from '@/lib/use-page-title'

interface ResetFormProps {
  /** The link's token. */
  token: string
  loginLink: ReactNode
  forgotLink: ReactNode
}

/** Chooses a new password by a link that was mailed. */
export function ResetForm({ token, loginLink, forgotLink }: ResetFormProps) {
  const [password, setPassword] = useState('')
  const reset = $api.useMutation('post', '/api/auth/password/reset')
  usePageTitle('New password')

  function submit(event: FormEvent) {
    event.preventDefault()
    reset.mutate({ body: { token, password } })
  }

  if (reset.isSuccess)
    return (
      <div role="status" className="grid gap-3">
        <h1 className="font-semibold text-2xl tracking-[-0.02em]">Your password is changed</h1>
        <p className="text-ink-2 text-sm">All sessions have ended. Sign in with the new one.</p>
        <p className="text-sm">{loginLink}</p>
      </div>
    )
  if (!token || fieldMessage(reset.error, 'token'))
    return (
      <div role="alert" className="grid gap-3">
        <h1 className="font-semibold text-2xl tracking-[-0.02em]">This link does not work</h1>
        <p className="text-ink-2 text-sm">It was used, is older than an hour, or is not whole.</p>
        <p className="text-sm">{forgotLink}</p>
      </div>
    )
  return (
    <form noValidate onSubmit={submit} className="grid gap-4">
      <header>
        <h1 className="font-semibold text-2xl tracking-[-0.02em]">Choose a new password</h1>
        <p className="mt-1 text-ink-2 text-sm">All sessions end with it.</p>
      </header>
      {reset.error && <FailureNote error={reset.error} />}
      <PasswordField value={password} onChange={setPassword} error={fieldMessage(reset.error, 'password')} />
      <Button type="submit" variant="primary" size="lg" pending={reset.isPending} disabled={!password}>
        Change password
      </Button>
    </form>
  )
}
