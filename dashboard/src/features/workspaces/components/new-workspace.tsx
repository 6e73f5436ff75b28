import { useState } from 'react'
import { FormDialog } from '@/components/form-dialog'
import { Field, Input } from '@/components/ui/field'
import { $api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'
import { useEnterWorkspace } from '../membership'

/** Makes one more workspace, and goes there. */
export function NewWorkspace({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('')
  const entering = useEnterWorkspace()
  const create = $api.useMutation('post', '/api/workspaces', {
    onSuccess: ({ data }) => entering.enter(data.id),
  })
  return (
    <FormDialog
      title="New workspace"
      description="It has its own connections, workflows, runs, members and audit trail. You own it, and what is here stays here."
      submitLabel="Create workspace"
      onSubmit={() => create.mutate({ body: { name: name.trim() } })}
      onClose={onClose}
      pending={create.isPending || entering.isPending}
      error={create.error ?? entering.error}
      disabled={!name.trim() || entering.isSuccess}
    >
      <Field label="Name" error={fieldMessage(create.error, 'name')}>
        {(field) => (
          <Input {...field} maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        )}
      </Field>
    </FormDialog>
  )
}
