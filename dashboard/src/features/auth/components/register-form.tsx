import { zodResolver } from '@hookform/resolvers/zod'
import type { ReactNode } from 'react'
import { useForm } from 'react-hook-form'
import { FailureNote } from '@/components/failure'
import { PasswordField } from '@/components/password-field'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { $api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'
import { usePageTitle } from '@/lib/use-page-title'
import { type RegisterValues, registerSchema } from '../schema'

interface RegisterFormProps {
  invite?: string
  onDone: () => void
  loginLink: ReactNode
}

export function RegisterForm({ invite, onDone, loginLink }: RegisterFormProps) {
  const form = useForm<RegisterValues>({
    resolver: zodResolver(registerSchema),
    defaultValues: { email: '', name: '', password: '', workspace: '' },
  })
  const register = $api.useMutation('post', '/api/auth/register')
  const { errors } = form.formState
  const message = (name: keyof RegisterValues) => errors[name]?.message ?? fieldMessage(register.error, name)

  usePageTitle('Create a workspace')

  const options = $api.useQuery('get', '/api/auth/options')
  const mode = options.data?.data.registration
  if (mode === 'closed' || (mode === 'invite' && !invite))
    return (
      <div className="grid gap-3">
        <h1 className="font-semibold text-2xl tracking-[-0.02em]">
          {mode === 'closed' ? 'No accounts are made here' : 'An invitation is needed'}
        </h1>
        <p className="text-ink-2 text-sm">
          {mode === 'closed'
            ? 'Ask whoever runs this installation.'
            : 'Ask an admin of the workspace that you want to join, and open the link that you get.'}
        </p>
        <p className="text-sm">Already have an account? {loginLink}</p>
      </div>
    )

  const submit = form.handleSubmit(({ workspace, ...person }) =>
    register.mutate(
      {
        body: {
          ...person,
          ...(invite ? { invite } : workspace?.trim() ? { workspace: workspace.trim() } : {}),
        },
      },
      { onSuccess: onDone },
    ),
  )

  return (
    <form noValidate onSubmit={submit} className="grid gap-4">
      <header>
        <h1 className="font-semibold text-2xl tracking-[-0.02em]">
          {invite ? 'Join the workspace' : 'Create a workspace'}
        </h1>
        <p className="mt-1 text-ink-2 text-sm">Already have an account? {loginLink}</p>
      </header>
      {register.error && <FailureNote error={register.error} />}
      <Field label="Name" error={message('name')}>
        {(field) => <Input {...field} {...form.register('name')} autoComplete="name" className="h-10" />}
      </Field>
      <Field label="E-mail" error={message('email')}>
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
      <PasswordField
        label="Password"
        value={form.watch('password')}
        onChange={(password) =>
          form.setValue('password', password, { shouldValidate: form.formState.isSubmitted })
        }
        error={message('password')}
      />
      {!invite && (
        <Field label="Workspace" aside="optional" hint="You will be its admin." error={message('workspace')}>
          {(field) => (
            <Input {...field} {...form.register('workspace')} autoComplete="organization" className="h-10" />
          )}
        </Field>
      )}
      <Button type="submit" variant="primary" size="lg" pending={register.isPending}>
        {invite ? 'Join' : 'Create workspace'}
      </Button>
    </form>
  )
}
