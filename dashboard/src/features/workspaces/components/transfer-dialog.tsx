import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { FailureNote } from '@/components/failure'
import { FormDialog } from '@/components/form-dialog'
import { Field, Select } from '@/components/ui/field'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'
import { useMe } from '@/lib/session'
import { useRefreshMe } from '@/lib/use-refresh-me'

/** Hands the workspace to another admin. */
export function TransferDialog({ onClose }: { onClose: () => void }) {
  const { user, workspace } = useMe()
  const refresh = useRefreshMe()
  const [chosen, setChosen] = useState('')
  const members = $api.useQuery('get', '/api/users', { params: { query: { limit: 100 } } })
  const transfer = $api.useMutation('post', '/api/workspaces/{id}/transfer', {
    onSuccess: async () => {
      await refresh()
      onClose()
    },
  })
  const heirs = (members.data?.data ?? []).filter(
    ({ id, role, active }) => id !== user.id && active && role === 'ADMIN',
  )
  return (
    <FormDialog
      title={`Hand ${workspace.name} over`}
      description="The new owner alone can hand it on, or delete it. You stay an admin, and cannot take it back yourself."
      submitLabel="Hand over"
      onSubmit={() => transfer.mutate({ params: { path: { id: workspace.id } }, body: { userId: chosen } })}
      onClose={onClose}
      pending={transfer.isPending}
      error={transfer.error}
      disabled={!chosen}
    >
      {members.isPending && <SkeletonRows rows={1} label="Loading members" />}
      {members.error && <FailureNote error={members.error} onRetry={() => members.refetch()} />}
      {members.isSuccess && heirs.length === 0 && (
        <p className="text-ink-2 text-sm">
          There is no other active admin. Make a member one under{' '}
          <Link to="/settings/members" className="text-accent underline">
            Members
          </Link>{' '}
          first.
        </p>
      )}
      {heirs.length > 0 && (
        <Field label="New owner" error={fieldMessage(transfer.error, 'userId')}>
          {(field) => (
            <Select {...field} value={chosen} onChange={(event) => setChosen(event.target.value)}>
              <option value="">Choose an admin…</option>
              {heirs.map(({ id, name, email }) => (
                <option key={id} value={id}>
                  {name} ({email})
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
    </FormDialog>
  )
}
