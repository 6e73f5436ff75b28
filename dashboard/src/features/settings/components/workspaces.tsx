import { useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { FailureNote } from '@/components/failure'
import { ListRow } from '@/components/list-row'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Field, Input } from '@/components/ui/field'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'

/** The workspaces that a person belongs to: where they are, and the way to the others. */
export function Workspaces() {
  const queries = useQueryClient()
  const query = $api.useQuery('get', '/api/workspaces')
  const [name, setName] = useState('')
  // Everything that is on the page is of the workspace before: it is loaded anew.
  const enter = $api.useMutation('post', '/api/workspaces/{id}/switch', {
    onSuccess: () => location.assign('/'),
  })
  const create = $api.useMutation('post', '/api/workspaces', {
    onSuccess: () => {
      setName('')
      return queries.invalidateQueries({ queryKey: ['get', '/api/workspaces'] })
    },
  })
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows rows={2} label="Loading workspaces" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />

  function submit(event: FormEvent) {
    event.preventDefault()
    create.mutate({ body: { name: name.trim() } })
  }

  return (
    <div className="grid gap-3">
      {enter.error && <FailureNote error={enter.error} />}
      <Card className="overflow-hidden">
        <ul className="divide-y">
          {query.data.data.map((workspace) => (
            <ListRow
              key={workspace.id}
              title={
                <>
                  {workspace.name} {workspace.current && <Badge tone="outline">You are here</Badge>}{' '}
                  {workspace.deleteAt && <Badge tone="warn">Being deleted</Badge>}
                </>
              }
              detail={workspace.role.toLowerCase()}
            >
              {!workspace.current && (
                <Button
                  size="sm"
                  aria-label={`Switch to ${workspace.name}`}
                  disabled={!workspace.active || enter.isPending}
                  onClick={() => enter.mutate({ params: { path: { id: workspace.id } } })}
                >
                  Switch
                </Button>
              )}
            </ListRow>
          ))}
        </ul>
      </Card>
      <Card className="p-4">
        <form noValidate onSubmit={submit} className="grid items-end gap-3 sm:grid-cols-[1fr_auto]">
          <Field label="One more workspace" error={fieldMessage(create.error, 'name')}>
            {(field) => <Input {...field} value={name} onChange={(event) => setName(event.target.value)} />}
          </Field>
          <Button type="submit" pending={create.isPending} disabled={!name.trim()}>
            <Plus aria-hidden /> Make it
          </Button>
        </form>
        {create.error && <FailureNote error={create.error} className="mt-3" />}
      </Card>
    </div>
  )
}

/** The end of a workspace, for its owner: with a grace time, in which it can be taken back. */
export function WorkspaceEnd({ userId }: { userId: string }) {
  const queries = useQueryClient()
  const query = $api.useQuery('get', '/api/workspaces')
  const [confirm, setConfirm] = useState('')
  const refresh = { onSuccess: () => queries.invalidateQueries() }
  const close = $api.useMutation('delete', '/api/workspaces/{id}', refresh)
  const restore = $api.useMutation('post', '/api/workspaces/{id}/restore', refresh)
  const here = query.data?.data.find((workspace) => workspace.current)
  if (!here || here.ownerId !== userId) return null
  const path = { id: here.id }
  if (here.deleteAt)
    return (
      <Card className="grid gap-3 p-4">
        <p role="status" className="text-sm">
          This workspace is deleted on{' '}
          <time dateTime={here.deleteAt}>{new Date(here.deleteAt).toLocaleString()}</time>. Until then it can
          be read and not changed, and nothing starts in it.
        </p>
        <div>
          <Button pending={restore.isPending} onClick={() => restore.mutate({ params: { path } })}>
            Restore it
          </Button>
        </div>
        {restore.error && <FailureNote error={restore.error} />}
      </Card>
    )
  return (
    <Card className="p-4">
      <form
        noValidate
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          close.mutate({ params: { path, query: { confirm } } }, { onSuccess: () => setConfirm('') })
        }}
      >
        <p className="text-ink-2 text-sm">
          Everything in {here.name} is deleted seven days from now: connections, workflows, runs, and its
          trail. Until then you can restore it; runs under way are stopped.
        </p>
        <div className="grid items-end gap-3 sm:grid-cols-[1fr_auto]">
          <Field label="Its name, to confirm">
            {(field) => (
              <Input {...field} value={confirm} onChange={(event) => setConfirm(event.target.value)} />
            )}
          </Field>
          <Button
            type="submit"
            variant="danger"
            pending={close.isPending}
            disabled={confirm.trim() !== here.name}
          >
            Delete workspace
          </Button>
        </div>
        {close.error && <FailureNote error={close.error} />}
      </form>
    </Card>
  )
}
