import { MailCheck } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import { FailureNote } from '@/components/failure'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { $api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'
import { usePageTitle } from '@/lib/use-page-title'

/** Asks for a link to a new password. The answer is the same whether the address is anybody's. */
export function ForgotForm({ loginLink }: { loginLink: ReactNode }) {
  const [email, setEmail] = useState('')
  const options = $api.useQuery('get', '/api/auth/options')
  const forgot = $api.useMutation('post', '/api/auth/password/forgot')
  usePageTitle('Forgot password')

  function submit(event: FormEvent) {
    event.preventDefault()
    forgot.mutate({ body: { email: email.trim() } })
  }

  if (forgot.isSuccess)
    return (
      <div role="status" className="grid gap-3">
        <MailCheck className="size-6 text-accent" aria-hidden />
        <h1 className="font-semibold text-2xl tracking-[-0.02em]">Look at your mail</h1>
        <p className="text-ink-2 text-sm">
          If <strong className="font-medium text-ink">{email.trim()}</strong> has an account, a link is on its
          way there. It works once, within an hour.
        </p>
        {options.data?.data.mail === false && (
          <p className="rounded-md bg-sunken px-3 py-2 text-sm">
            This installation sends no mail: whoever runs it finds the message in the folder{' '}
            <code className="font-mono text-xs">outbox</code> of its data.
          </p>
        )}
        <p className="text-sm">{loginLink}</p>
      </div>
    )
  return (
    <form noValidate onSubmit={submit} className="grid gap-4">
      <header>
        <h1 className="font-semibold text-2xl tracking-[-0.02em]">Forgot your password?</h1>
        <p className="mt-1 text-ink-2 text-sm">A link to choose a new one is sent to your address.</p>
      </header>
      {forgot.error && <FailureNote error={forgot.error} />}
      <Field label="E-mail" error={fieldMessage(forgot.error, 'email')}>
        {(field) => (
          <Input
            {...field}
            type="email"
            autoComplete="username"
            className="h-10"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        )}
      </Field>
      <Button type="submit" variant="primary" size="lg" pending={forgot.isPending} disabled={!email.trim()}>
        Send the link
      </Button>
      <p className="text-sm">{loginLink}</p>
    </form>
  )
}
