import { useState } from 'react'
import { DetailRow } from '@/components/detail-row'
import { FormDialog } from '@/components/form-dialog'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { CopyButton } from '@/components/ui/copy-button'
import { Field, Input } from '@/components/ui/field'
import { $api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'
import { formatDateTime } from '@/lib/format'
import { useMe } from '@/lib/session'
import { useRefreshMe } from '@/lib/use-refresh-me'
import { useOwns } from '../ownership'
import { TransferDialog } from './transfer-dialog'

/** What the workspace is called, and whose it is. */
export function WorkspaceFacts() {
  const { user, workspace } = useMe()
  const owns = useOwns()
  const [changing, setChanging] = useState<'name' | 'owner'>()
  const members = $api.useQuery('get', '/api/users', { params: { query: { limit: 100 } } })
  const owner = members.data?.data.find(({ id }) => id === workspace.ownerId)
  return (
    <Card>
      <dl className="divide-y text-sm">
        <DetailRow
          label="Name"
          action={
            <Button
              size="sm"
              aria-label="Change the workspace's name"
              disabled={Boolean(workspace.deleteAt)}
              onClick={() => setChanging('name')}
            >
              Change
            </Button>
          }
        >
          {workspace.name}
        </DetailRow>
        <DetailRow
          label="Owner"
          action={
            owns && (
              <Button
                size="sm"
                aria-label="Hand the workspace over"
                disabled={Boolean(workspace.deleteAt)}
                onClick={() => setChanging('owner')}
              >
                Hand over
              </Button>
            )
          }
        >
          {workspace.ownerId === user.id ? 'You' : (owner?.name ?? workspace.ownerId ?? 'The first admin')}
        </DetailRow>
        <DetailRow label="Made on">{formatDateTime(workspace.createdAt)}</DetailRow>
        <DetailRow label="Id" action={<CopyButton text={workspace.id} label="Copy the workspace's id" />}>
          <code className="font-mono text-xs">{workspace.id}</code>
        </DetailRow>
      </dl>
      {changing === 'name' && <RenameDialog onClose={() => setChanging(undefined)} />}
      {changing === 'owner' && <TransferDialog onClose={() => setChanging(undefined)} />}
    </Card>
  )
}

function RenameDialog({ onClose }: { onClose: () => void }) {
  const { workspace } = useMe()
  const refresh = useRefreshMe()
  const [name, setName] = useState(workspace.name)
  const rename = $api.useMutation('patch', '/api/workspaces/{id}', {
    onSuccess: async () => {
      await refresh()
      onClose()
    },
  })
  return (
    <FormDialog
      title="Name of the workspace"
      submitLabel="Save"
      onSubmit={() => rename.mutate({ params: { path: { id: workspace.id } }, body: { name: name.trim() } })}
      onClose={onClose}
      pending={rename.isPending}
      error={rename.error}
      disabled={!name.trim()}
    >
      <Field label="Name" error={fieldMessage(rename.error, 'name')}>
        {(field) => (
          <Input {...field} maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        )}
      </Field>
    </FormDialog>
  )
}
