import { useState } from 'react'
import { FormDialog } from '@/components/form-dialog'
import { Field, Select } from '@/components/ui/field'
import { $api } from '@/lib/api/client'
import type { Template } from '@/lib/api/types'
import { useWorkflowsChanged } from '../api/queries'

interface TemplateDialogProps {
  template: Template
  onClose: () => void
  onUsed: (workflowId: string) => void
}

/** Chooses a connection for each API of a template and makes a draft of it. */
export function TemplateDialog({ template, onClose, onUsed }: TemplateDialogProps) {
  const [connections, setConnections] = useState<Record<string, string>>(() =>
    Object.fromEntries(template.apis.map(({ slot, connections }) => [slot, connections[0]?.id ?? ''])),
  )
  const changed = useWorkflowsChanged()
  const use = $api.useMutation('post', '/api/templates/{id}/use', {
    onSuccess: async ({ data }) => {
      onClose()
      onUsed(data.id)
      await changed()
    },
  })
  return (
    <FormDialog
      title={template.title}
      description="Choose a connection for each API. It becomes a draft; nothing runs."
      submitLabel="Make a draft"
      onSubmit={() => use.mutate({ params: { path: { id: template.id } }, body: { connections } })}
      onClose={onClose}
      pending={use.isPending}
      error={use.error}
    >
      {template.apis.map((api) => (
        <Field key={api.slot} label={api.name}>
          {(props) => (
            <Select
              {...props}
              value={connections[api.slot]}
              onChange={(event) => setConnections({ ...connections, [api.slot]: event.target.value })}
            >
              {api.connections.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </Select>
          )}
        </Field>
      ))}
    </FormDialog>
  )
}
