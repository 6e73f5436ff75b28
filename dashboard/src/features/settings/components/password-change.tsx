import { type FormEvent, useState } from 'react'
import { FailureNote } from '@/components/failure'
import { PasswordField } from '@/components/password-field'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Field, Input } from '@/components/ui/field'
import { $api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'

export function PasswordChange() {
  const [current, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const change = $api.useMutation('post', '/api/auth/password')

  function submit(event: FormEvent) {
    event.preventDefault()
    change.mutate(
      { body: { current, password } },
      {
        onSuccess: () => {
          setCurrent('')
          setPassword('')
        },
      },
    )
  }

  return (
    <Card className="p-4">
      <form noValidate onSubmit={submit} className="grid max-w-sm gap-4">
        {change.error && <FailureNote error={change.error} />}
        {change.isSuccess && (
          <p role="status" className="rounded-md bg-ok-soft px-3 py-2 text-ok text-sm">
            Your password is changed. All other sessions have ended.
          </p>
        )}
        <Field label="Current password" error={fieldMessage(change.error, 'current')}>
          {(field) => (
            <Input
              {...field}
              type="password"
              autoComplete="current-password"
              className="h-10"
              value={current}
              onChange={(event) => setCurrent(event.target.value)}
            />
          )}
        </Field>
        <PasswordField
          value={password}
          onChange={setPassword}
          error={fieldMessage(change.error, 'password')}
        />
        <Button
          type="submit"
          className="justify-self-start"
          pending={change.isPending}
          disabled={!current || !password}
        >
          Change password
        </Button>
      </form>
    </Card>
  )
}
