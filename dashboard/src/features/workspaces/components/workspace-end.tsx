import { useState } from 'react'
import { FailureNote } from '@/components/failure'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Field, Input } from '@/components/ui/field'
import { $api } from '@/lib/api/client'
import { formatDateTime } from '@/lib/format'
import { useMe } from '@/lib/session'
import { useRefreshMe } from '@/lib/use-refresh-me'
import { useOwns } from '../ownership'

/** The end of a workspace, for its owner: with a grace time, in which it can be taken back. */
export function WorkspaceEnd() {
  const { workspace } = useMe()
  if (!useOwns())
    return (
      <Card className="p-4 text-ink-2 text-sm">
        {workspace.deleteAt
          ? `This workspace is deleted on ${formatDateTime(workspace.deleteAt)}. Its owner can take that back until then.`
          : 'Only the owner can delete this workspace.'}
      </Card>
    )
  return workspace.deleteAt ? <Restore deleteAt={workspace.deleteAt} /> : <Delete />
}

function Restore({ deleteAt }: { deleteAt: string }) {
  const { workspace } = useMe()
  const restore = $api.useMutation('post', '/api/workspaces/{id}/restore', { onSuccess: useRefreshMe() })
  return (
    <Card className="grid gap-3 p-4">
      <p role="status" className="text-sm">
        This workspace is deleted on <time dateTime={deleteAt}>{formatDateTime(deleteAt)}</time>. Until then
        it can be read and not changed, and nothing starts in it.
      </p>
      <div>
        <Button
          pending={restore.isPending}
          onClick={() => restore.mutate({ params: { path: { id: workspace.id } } })}
        >
          Restore it
        </Button>
      </div>
      {restore.error && <FailureNote error={restore.error} />}
    </Card>
  )
}

function Delete() {
  const { workspace } = useMe()
  const [confirm, setConfirm] = useState('')
  const close = $api.useMutation('delete', '/api/workspaces/{id}', { onSuccess: useRefreshMe() })
  return (
    <Card className="p-4">
      <form
        noValidate
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          close.mutate({ params: { path: { id: workspace.id }, query: { confirm: confirm.trim() } } })
        }}
      >
        <p className="text-ink-2 text-sm">
          Everything in {workspace.name} is deleted seven days from now: connections, workflows, runs, and its
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
            disabled={confirm.trim() !== workspace.name}
          >
            Delete workspace
          </Button>
        </div>
        {close.error && <FailureNote error={close.error} />}
      </form>
    </Card>
  )
}
