import { zodResolver } from '@hookform/resolvers/zod'
import { type ReactNode, useEffect, useState } from 'react'
import { useForm } from 'react-hook-form'
import { FailureNote } from '@/components/failure'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { $api } from '@/lib/api/client'
import { fieldMessage, hasProblem, toFailure } from '@/lib/api/problem'
import { usePageTitle } from '@/lib/use-page-title'
import { type LoginValues, loginSchema } from '../schema'

interface LoginFormProps {
  onDone: () => void
  forgotLink: ReactNode
  registerLink: ReactNode
  /** What else can be done with the address that is typed. */
  withEmail: (email: string) => ReactNode
}

export function LoginForm({ onDone, forgotLink, registerLink, withEmail }: LoginFormProps) {
  const form = useForm<LoginValues>({
    resolver: zodResolver(loginSchema),
    defaultValues: { email: '', password: '', code: '' },
  })
  const login = $api.useMutation('post', '/api/auth/login')
  const { errors } = form.formState
  const required = login.error !== null && toFailure(login.error).code === 'MFA_REQUIRED'
  // Right, but not the way in: the field says so, and the button below leads on.
  const elsewhere = hasProblem(login.error, 'single_sign_on')
  // Once asked for, the code stays asked for: a wrong one is refused as a wrong password is.
  const [secondFactor, setSecondFactor] = useState(false)
  if (required && !secondFactor) setSecondFactor(true)

  usePageTitle('Sign in')

  useEffect(() => {
    if (secondFactor) form.setFocus('code')
  }, [secondFactor, form])

  const submit = form.handleSubmit(({ email, password, code }) =>
    login.mutate({ body: { email, password, ...(code ? { code } : {}) } }, { onSuccess: onDone }),
  )

  return (
    <>
      <form noValidate onSubmit={submit} className="grid gap-4">
        <header>
          <h1 className="font-semibold text-2xl tracking-[-0.02em]">Sign in</h1>
          <p className="mt-1 text-ink-2 text-sm">New here? {registerLink}</p>
        </header>
        {login.error && !required && !elsewhere && <FailureNote error={login.error} />}
        <Field label="E-mail" error={errors.email?.message ?? fieldMessage(login.error, 'email')}>
          {(field) => (
            <Input
              {...field}
              {...form.register('email')}
              type="email"
              autoComplete="username"
              className="h-10"
            />
          )}
        </Field>
        <Field
          label="Password"
          aside={forgotLink}
          error={errors.password?.message ?? fieldMessage(login.error, 'password')}
        >
          {(field) => (
            <Input
              {...field}
              {...form.register('password')}
              type="password"
              autoComplete="current-password"
              className="h-10"
            />
          )}
        </Field>
        {secondFactor && (
          <Field
            label="Code of your second factor"
            hint="Six digits from your authenticator app, or a recovery code."
          >
            {(field) => (
              <Input
                {...field}
                {...form.register('code')}
                inputMode="numeric"
                autoComplete="one-time-code"
                className="h-10"
              />
            )}
          </Field>
        )}
        <Button type="submit" variant="primary" size="lg" pending={login.isPending}>
          Sign in
        </Button>
      </form>
      {withEmail(form.watch('email'))}
    </>
  )
}
