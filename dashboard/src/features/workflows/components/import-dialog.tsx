import { useState } from 'react'
import { FormDialog } from '@/components/form-dialog'
import { Field, Input, Textarea } from '@/components/ui/field'
import { $api } from '@/lib/api/client'
import { plural } from '@/lib/format'
import { notify } from '@/lib/notify'
import { useWorkflowsChanged } from '../api/queries'

interface ImportDialogProps {
  onClose: () => void
  onImported: (workflowId: string) => void
}

/** A workflow document goes as the object that it is, anything else as the text of an Arazzo description. */
function asDocument(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // YAML: the server reads it.
  }
  return text
}

/** Takes a workflow in: a document that was exported, or an Arazzo description. */
export function ImportDialog({ onClose, onImported }: ImportDialogProps) {
  const [text, setText] = useState('')
  const [workflowId, setWorkflowId] = useState('')
  const changed = useWorkflowsChanged()
  const add = $api.useMutation('post', '/api/workflows/import', {
    onSuccess: async ({ data }) => {
      const notes = data.notes?.length ?? 0
      const left = notes > 0 ? `; ${plural(notes, 'thing')} in it has no effect here` : ''
      notify('success', `${data.name} was imported as a draft${left}`)
      onClose()
      onImported(data.id)
      await changed()
    },
  })

  function submit() {
    add.mutate({
      body: { document: asDocument(text), ...(workflowId.trim() ? { workflowId: workflowId.trim() } : {}) },
    })
  }

  return (
    <FormDialog
      title="Import a workflow"
      description="A document that was exported, or an Arazzo description of connected APIs. It becomes a draft; nothing runs."
      submitLabel="Import"
      onSubmit={submit}
      onClose={onClose}
      pending={add.isPending}
      error={add.error}
      disabled={text.trim() === ''}
    >
      <Field label="File">
        {(props) => (
          <Input
            {...props}
            type="file"
            className="py-1"
            accept=".json,.yaml,.yml"
            onChange={async (event) => setText((await event.target.files?.[0]?.text()) ?? '')}
          />
        )}
      </Field>
      <Field label="Document" hint="JSON, or of Arazzo YAML too.">
        {(props) => (
          <Textarea
            {...props}
            className="min-h-48 font-mono text-xs"
            spellCheck={false}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      <Field label="Workflow" hint="The workflowId, where an Arazzo description has several workflows.">
        {(props) => (
          <Input {...props} value={workflowId} onChange={(event) => setWorkflowId(event.target.value)} />
        )}
      </Field>
    </FormDialog>
  )
}
