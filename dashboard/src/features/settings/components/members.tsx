import { useQueryClient } from '@tanstack/react-query'
import { UserPlus } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { FailureNote } from '@/components/failure'
import { ListRow } from '@/components/list-row'
import { LoadMore } from '@/components/load-more'
import { Ago } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { Field, Input, Select } from '@/components/ui/field'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import { paged } from '@/lib/api/paging'
import { fieldMessage } from '@/lib/api/problem'
import type { Member, Role } from '@/lib/api/types'
import { useMe } from '@/lib/session'
import { InviteLink } from './invite-link'
import { Invites } from './invites'

const ROLES: { value: Role; label: string }[] = [
  { value: 'USER', label: 'User: connects, plans and runs' },
  { value: 'ADMIN', label: 'Admin: all of it, and manages' },
  { value: 'AUDITOR', label: 'Auditor: reads only' },
]

function roleOf(value: string): Role {
  return ROLES.find((role) => role.value === value)?.value ?? 'USER'
}

/** Who works here, for admins. */
export function Members() {
  const queries = useQueryClient()
  const query = $api.useInfiniteQuery('get', '/api/users', { params: { query: { limit: 50 } } }, paged)
  const again = { onSuccess: () => queries.invalidateQueries({ queryKey: ['get', '/api/users'] }) }
  const update = $api.useMutation('patch', '/api/users/{id}', again)
  const remove = $api.useMutation('delete', '/api/users/{id}', again)
  const [leaving, setLeaving] = useState<Leaving>()
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows rows={3} label="Loading members" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  return (
    <div className="grid gap-3">
      {(update.error ?? remove.error) && <FailureNote error={update.error ?? remove.error} />}
      <Card className="overflow-hidden">
        <ul className="divide-y">
          {query.data.pages
            .flatMap(({ data }) => data)
            .map((member) => (
              <MemberRow
                key={member.id}
                member={member}
                pending={update.isPending || remove.isPending}
                onRemove={() => setLeaving({ member, how: 'remove' })}
                onDeactivate={() => setLeaving({ member, how: 'deactivate' })}
                onChange={(body) => update.mutate({ params: { path: { id: member.id } }, body })}
              />
            ))}
        </ul>
        <LoadMore {...query} />
      </Card>
      <Invite />
      <Invites />
      {leaving && (
        <LeavingDialog
          {...leaving}
          members={query.data.pages.flatMap(({ data }) => data)}
          onClose={() => setLeaving(undefined)}
          onConfirm={(passTo) => {
            const path = { id: leaving.member.id }
            const heir = passTo ? { passTo } : {}
            if (leaving.how === 'remove') remove.mutate({ params: { path, query: heir } })
            else update.mutate({ params: { path }, body: { active: false, ...heir } })
            setLeaving(undefined)
          }}
        />
      )}
    </div>
  )
}

interface Leaving {
  member: Member
  how: 'remove' | 'deactivate'
}

interface LeavingDialogProps extends Leaving {
  members: Member[]
  onClose: () => void
  onConfirm: (passTo: string) => void
}

/** Asks before a member leaves, and says what becomes of what they own. */
function LeavingDialog({ member, how, members, onClose, onConfirm }: LeavingDialogProps) {
  const [passTo, setPassTo] = useState('')
  const heirs = members.filter(({ id, active, role }) => id !== member.id && active && role !== 'AUDITOR')
  const removing = how === 'remove'
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => onConfirm(passTo)}
      title={`${removing ? 'Remove' : 'Deactivate'} ${member.name}?`}
      description={
        removing
          ? 'Their sessions and API tokens for this workspace end at once. Their runs stay.'
          : 'They cannot come in until you reactivate them; what is passed on stays passed on.'
      }
      confirmLabel={removing ? 'Remove' : 'Deactivate'}
    >
      <Field
        label="Their connections and workflows pass to"
        hint="Triggers of workflows that others use go on. Workflows that they shared with nobody become inactive."
      >
        {(field) => (
          <Select {...field} value={passTo} onChange={(event) => setPassTo(event.target.value)}>
            <option value="">The owner of the workspace</option>
            {heirs.map(({ id, name, email }) => (
              <option key={id} value={id}>
                {name} ({email})
              </option>
            ))}
          </Select>
        )}
      </Field>
    </ConfirmDialog>
  )
}

interface MemberRowProps {
  member: Member
  pending: boolean
  onChange: (body: { role?: Role; active?: boolean }) => void
  onDeactivate: () => void
  onRemove: () => void
}

function MemberRow({ member, pending, onChange, onDeactivate, onRemove }: MemberRowProps) {
  const self = useMe().user.id === member.id
  return (
    <ListRow
      title={
        <>
          {member.name} {self && <Badge tone="outline">You</Badge>}{' '}
          {!member.active && <Badge tone="warn">Deactivated</Badge>}{' '}
          {member.secondFactor && <Badge tone="ok">Second factor</Badge>}
        </>
      }
      detail={
        <>
          {member.email} · joined <Ago at={member.joinedAt} />
        </>
      }
    >
      <Select
        aria-label={`Role of ${member.name}`}
        className="w-auto"
        value={member.role}
        disabled={self || pending}
        onChange={(event) => onChange({ role: roleOf(event.target.value) })}
      >
        {ROLES.map(({ value }) => (
          <option key={value} value={value}>
            {value.toLowerCase()}
          </option>
        ))}
      </Select>
      <Button
        size="sm"
        disabled={self || pending}
        onClick={() => (member.active ? onDeactivate() : onChange({ active: true }))}
      >
        {member.active ? 'Deactivate' : 'Reactivate'}
      </Button>
      <Button size="sm" disabled={self || pending} onClick={onRemove} aria-label={`Remove ${member.name}`}>
        Remove
      </Button>
    </ListRow>
  )
}

function Invite() {
  const queries = useQueryClient()
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<Role>('USER')
  const invite = $api.useMutation('post', '/api/users/invite')
  const token = invite.data?.data.token

  function submit(event: FormEvent) {
    event.preventDefault()
    invite.mutate(
      { body: { email: email.trim(), role } },
      {
        onSuccess: () => {
          setEmail('')
          return queries.invalidateQueries({ queryKey: ['get', '/api/users/invites'] })
        },
      },
    )
  }

  return (
    <Card className="p-4">
      <form noValidate onSubmit={submit} className="grid items-end gap-3 sm:grid-cols-[1fr_auto_auto]">
        <Field label="Invite by e-mail" error={fieldMessage(invite.error, 'email')}>
          {(field) => (
            <Input {...field} type="email" value={email} onChange={(event) => setEmail(event.target.value)} />
          )}
        </Field>
        <Field label="Role">
          {(field) => (
            <Select {...field} value={role} onChange={(event) => setRole(roleOf(event.target.value))}>
              {ROLES.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Button type="submit" pending={invite.isPending} disabled={!email.trim()}>
          <UserPlus aria-hidden /> Invite
        </Button>
      </form>
      {invite.error && <FailureNote error={invite.error} className="mt-3" />}
      {token && (
        <div className="mt-3">
          <InviteLink token={token} />
        </div>
      )}
    </Card>
  )
}
