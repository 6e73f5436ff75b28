import { useState } from 'react'
import { FailureNote } from '@/components/failure'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
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
  const make = () => use.mutate({ params: { path: { id: template.id } }, body: { connections } })
  return (
    <Dialog
      open
      onClose={onClose}
      title={template.title}
      description="Choose a connection for each API. It becomes a draft; nothing runs."
    >
      <form
        className="grid gap-3 overflow-y-auto px-5 pb-5"
        onSubmit={(event) => {
          event.preventDefault()
          if (!use.isPending) make()
        }}
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
        {use.error && <FailureNote error={use.error} />}
        <div className="flex justify-end gap-2 pt-1">
          <Button type="button" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" variant="primary" pending={use.isPending}>
            Make a draft
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
