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
  const [leaving, setLeaving] = useState<Member>()
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
                onRemove={() => setLeaving(member)}
                onChange={(body) => update.mutate({ params: { path: { id: member.id } }, body })}
              />
            ))}
        </ul>
        <LoadMore {...query} />
      </Card>
      <Invite />
      <Invites />
      <ConfirmDialog
        open={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        onConfirm={() => {
          if (leaving) remove.mutate({ params: { path: { id: leaving.id } } })
          setLeaving(undefined)
        }}
        title={`Remove ${leaving?.name ?? 'this member'}?`}
        description="Their sessions and API tokens for this workspace end at once. What they connected and built stays, and so do their runs."
        confirmLabel="Remove"
      />
    </div>
  )
}

interface MemberRowProps {
  member: Member
  pending: boolean
  onChange: (body: { role?: Role; active?: boolean }) => void
  onRemove: () => void
}

function MemberRow({ member, pending, onChange, onRemove }: MemberRowProps) {
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
      <Button size="sm" disabled={self || pending} onClick={() => onChange({ active: !member.active })}>
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
