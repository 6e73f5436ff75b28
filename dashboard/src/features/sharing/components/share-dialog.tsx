import { X } from 'lucide-react'
import { useState } from 'react'
import { FailureNote } from '@/components/failure'
import { FormDialog } from '@/components/form-dialog'
import { ListRow } from '@/components/list-row'
import { LoadMore } from '@/components/load-more'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Field, Select } from '@/components/ui/field'
import { Skeleton } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import { notify } from '@/lib/notify'
import type { Everyone, Grants, Sharing } from '@/lib/sharing'
import { useColleagues } from '../api/queries'

export interface Shared extends Sharing {
  kind: 'connection' | 'workflow'
  id: string
  name: string
  version: number
}

interface ShareDialogProps {
  resource: Shared
  onClose: () => void
  onSaved: () => Promise<unknown>
}

const MEANING = {
  connection: {
    use: 'Who may use it plans with it and runs workflows that call it. Its address and sign-in stay hidden.',
    edit: 'Who may edit it also changes its address and sign-in.',
  },
  workflow: {
    use: 'Who may use it runs it and sees its runs, with its connections, which they do not gain.',
    edit: 'Who may edit it also changes its steps and triggers.',
  },
}

function everyoneOf(value: string): Everyone {
  return value === 'none' || value === 'use' ? value : 'edit'
}

/** Who may do what with a connection or a workflow, and whose it is. */
export function ShareDialog({ resource, onClose, onSaved }: ShareDialogProps) {
  const [everyone, setEveryone] = useState<Everyone>(resource.access?.everyone ?? 'edit')
  const [people, setPeople] = useState<Grants>(resource.access?.people ?? [])
  const [owner, setOwner] = useState(resource.ownerId ?? '')
  const colleagues = useColleagues()
  const connection = $api.useMutation('put', '/api/apis/{id}/access')
  const workflow = $api.useMutation('put', '/api/workflows/{id}/access')
  const save = resource.kind === 'connection' ? connection : workflow
  const members = colleagues.data?.pages.flatMap(({ data }) => data) ?? []
  const known = (id: string) => members.find((it) => it.id === id)
  const others = members.filter((it) => it.id !== owner && !people.some(({ userId }) => userId === it.id))

  function submit() {
    save.mutate(
      {
        params: { path: { id: resource.id }, header: { 'If-Match': resource.version } },
        body: { everyone, people, ...(owner !== (resource.ownerId ?? '') ? { ownerId: owner } : {}) },
      },
      {
        onSuccess: async () => {
          notify('success', `The access to ${resource.name} was changed`)
          onClose()
          await onSaved()
        },
      },
    )
  }

  return (
    <FormDialog
      title={`Share ${resource.name}`}
      description={`Admins see and manage every ${resource.kind}. Changes hold at once.`}
      submitLabel="Save"
      onSubmit={submit}
      onClose={onClose}
      pending={save.isPending}
      error={save.error}
      disabled={colleagues.isPending}
    >
      <Field
        label="Everyone in the workspace"
        hint={`${MEANING[resource.kind].use} ${MEANING[resource.kind].edit}`}
      >
        {(field) => (
          <Select
            {...field}
            value={everyone}
            onChange={(event) => setEveryone(everyoneOf(event.target.value))}
          >
            <option value="none">does not see it</option>
            <option value="use">may use it</option>
            <option value="edit">may edit it</option>
          </Select>
        )}
      </Field>
      {colleagues.isPending && <Skeleton className="h-24" />}
      {colleagues.isError && (
        <FailureNote error={colleagues.error} onRetry={() => void colleagues.refetch()} />
      )}
      {colleagues.isSuccess && (
        <>
          <ul aria-label="People" className="divide-y rounded-lg border">
            <ListRow
              title={
                <>
                  {known(owner)?.name ?? 'Nobody'} <Badge tone="accent">Owner</Badge>
                </>
              }
              detail={known(owner)?.email ?? 'Admins see to it.'}
            />
            {people.map(({ userId, may }) => (
              <ListRow
                key={userId}
                title={known(userId)?.name ?? 'A member'}
                detail={known(userId)?.email ?? userId}
              >
                <Select
                  aria-label={`What ${known(userId)?.name ?? 'this member'} may do`}
                  className="w-auto"
                  value={may}
                  onChange={(event) => {
                    const next = event.target.value === 'edit' ? 'edit' : 'use'
                    setPeople(people.map((it) => (it.userId === userId ? { userId, may: next } : it)))
                  }}
                >
                  <option value="use">may use it</option>
                  <option value="edit">may edit it</option>
                </Select>
                <Button
                  size="icon"
                  aria-label={`Stop sharing with ${known(userId)?.name ?? 'this member'}`}
                  onClick={() => setPeople(people.filter((it) => it.userId !== userId))}
                >
                  <X aria-hidden />
                </Button>
              </ListRow>
            ))}
            <LoadMore {...colleagues} />
          </ul>
          {others.length === 0 && people.length === 0 ? (
            <p className="text-ink-3 text-xs">
              Nobody else is in this workspace yet. An admin can invite people.
            </p>
          ) : (
            <Field label="Share with">
              {(field) => (
                <Select
                  {...field}
                  value=""
                  disabled={others.length === 0}
                  onChange={(event) => setPeople([...people, { userId: event.target.value, may: 'use' }])}
                >
                  <option value="" disabled>
                    {others.length === 0 ? 'Everybody is named' : 'Choose a person…'}
                  </option>
                  {others.map(({ id, name, email }) => (
                    <option key={id} value={id}>
                      {name} ({email})
                    </option>
                  ))}
                </Select>
              )}
            </Field>
          )}
          <Field
            label="Owner"
            hint={
              owner === (resource.ownerId ?? '')
                ? 'The owner shares it, hands it on and removes it.'
                : 'You keep what is shared with you above, and no more.'
            }
          >
            {(field) => (
              <Select {...field} value={owner} onChange={(event) => setOwner(event.target.value)}>
                {!known(owner) && <option value={owner}>Nobody</option>}
                {members
                  .filter(({ role }) => role !== 'AUDITOR')
                  .map(({ id, name }) => (
                    <option key={id} value={id}>
                      {name}
                    </option>
                  ))}
              </Select>
            )}
          </Field>
        </>
      )}
    </FormDialog>
  )
}
