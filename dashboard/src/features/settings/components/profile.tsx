import { BadgeCheck } from 'lucide-react'
import { useState } from 'react'
import { DetailRow } from '@/components/detail-row'
import { FormDialog } from '@/components/form-dialog'
import { PasswordProof } from '@/components/proof-fields'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { CheckField, Field, Input } from '@/components/ui/field'
import { $api } from '@/lib/api/client'
import { fieldMessage, toFailure } from '@/lib/api/problem'
import { useMe } from '@/lib/session'
import { useRefreshMe } from '@/lib/use-refresh-me'

/** Who somebody is here: the name they change at once, the address its holder confirms. */
export function Profile() {
  const { user, workspace } = useMe()
  const [changing, setChanging] = useState<'name' | 'email'>()
  return (
    <Card>
      <dl className="divide-y text-sm">
        <DetailRow
          label="Name"
          action={
            <Button size="sm" onClick={() => setChanging('name')} aria-label="Change name">
              Change
            </Button>
          }
        >
          {user.name}
        </DetailRow>
        <DetailRow
          label="E-mail"
          action={
            <Button size="sm" onClick={() => setChanging('email')} aria-label="Change e-mail">
              Change
            </Button>
          }
        >
          {user.email} {user.emailVerified ? <Confirmed /> : <NotConfirmed />}
        </DetailRow>
        <DetailRow label="Letters">
          <Letters />
        </DetailRow>
        <DetailRow label="Role">{user.role.toLowerCase()}</DetailRow>
        <DetailRow label="Workspace">{workspace.name}</DetailRow>
      </dl>
      {changing === 'name' && <NameDialog onClose={() => setChanging(undefined)} />}
      {changing === 'email' && <EmailDialog onClose={() => setChanging(undefined)} />}
    </Card>
  )
}

function Confirmed() {
  return (
    <span className="inline-flex items-center gap-1 text-ok text-xs">
      <BadgeCheck className="size-3.5" aria-hidden /> confirmed
    </span>
  )
}

function NotConfirmed() {
  const resend = $api.useMutation('post', '/api/auth/email/resend')
  if (resend.isSuccess)
    return (
      <span role="status" className="text-ink-2 text-xs">
        A link is on its way.
      </span>
    )
  return (
    <>
      <Badge tone="warn">not confirmed</Badge>
      <Button size="sm" pending={resend.isPending} onClick={() => resend.mutate({})}>
        Send the link again
      </Button>
      {resend.error && (
        <span role="alert" className="text-bad text-xs">
          {toFailure(resend.error).detail}
        </span>
      )}
    </>
  )
}

/** Whether mail tells of what waits; what is about the account itself comes all the same. */
function Letters() {
  const { user } = useMe()
  const refresh = useRefreshMe()
  const change = $api.useMutation('patch', '/api/auth/me', { onSuccess: refresh })
  return (
    <>
      <CheckField
        checked={change.isPending ? change.variables?.body?.notify === true : user.notify}
        onChange={(notify) => change.mutate({ body: { notify } })}
      >
        Mail me when something waits for my decision
      </CheckField>
      {change.error && (
        <span role="alert" className="text-bad text-xs">
          {toFailure(change.error).detail}
        </span>
      )}
    </>
  )
}

function NameDialog({ onClose }: { onClose: () => void }) {
  const { user } = useMe()
  const refresh = useRefreshMe()
  const [name, setName] = useState(user.name)
  const rename = $api.useMutation('patch', '/api/auth/me', {
    onSuccess: async () => {
      await refresh()
      onClose()
    },
  })
  return (
    <FormDialog
      title="Your name"
      submitLabel="Save"
      onSubmit={() => rename.mutate({ body: { name: name.trim() } })}
      onClose={onClose}
      pending={rename.isPending}
      error={rename.error}
      disabled={!name.trim()}
    >
      <Field label="Name" error={fieldMessage(rename.error, 'name')}>
        {(field) => (
          <Input
            {...field}
            autoComplete="name"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
    </FormDialog>
  )
}

function EmailDialog({ onClose }: { onClose: () => void }) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const change = $api.useMutation('post', '/api/auth/email')
  return (
    <FormDialog
      title="Another e-mail address"
      description="A link goes to the new address. Until it is opened, nothing changes; the old address is told then, and can take it back for seven days."
      submitLabel={change.isSuccess ? 'Close' : 'Send the link'}
      onSubmit={() =>
        change.isSuccess ? onClose() : change.mutate({ body: { email: email.trim(), password } })
      }
      onClose={onClose}
      pending={change.isPending}
      error={change.error}
      disabled={!email.trim() || !password}
      noValidate
    >
      {change.isSuccess ? (
        <p role="status" className="text-sm">
          If {email.trim()} can be used, a link is on its way there.
        </p>
      ) : (
        <>
          <Field label="New address" error={fieldMessage(change.error, 'email')}>
            {(field) => (
              <Input
                {...field}
                type="email"
                autoComplete="email"
                value={email}
                onChange={(event) => setEmail(event.target.value)}
              />
            )}
          </Field>
          <PasswordProof
            label="Your password"
            error={fieldMessage(change.error, 'password')}
            value={password}
            onChange={setPassword}
          />
        </>
      )}
    </FormDialog>
  )
}
