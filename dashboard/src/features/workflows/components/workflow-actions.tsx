import { Download, Ellipsis, FlaskConical, Gauge, Pause, Play, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { FailureNote } from '@/components/failure'
import { InputFields } from '@/components/input-fields'
import { Button, buttonClass } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { Dialog } from '@/components/ui/dialog'
import { Menu, MenuItem, MenuLabel, MenuSeparator } from '@/components/ui/menu'
import { $api } from '@/lib/api/client'
import type { Workflow } from '@/lib/api/types'
import { inputFields, parseInputs } from '@/lib/document'
import { notify } from '@/lib/notify'
import { useCan } from '@/lib/session'
import { mayDelete, mayDo } from '@/lib/sharing'
import { useExport } from '../api/export'
import { useWorkflowsChanged } from '../api/queries'
import { ConcurrencyDialog } from './concurrency-dialog'

interface WorkflowActionsProps {
  workflow: Workflow
  onStarted: (executionId: string) => void
  /** Leads to the rehearsal; absent where it is shown already. */
  onRehearse?: () => void
  onDeleted: () => void
}

export function WorkflowActions({ workflow, onStarted, onRehearse, onDeleted }: WorkflowActionsProps) {
  const [running, setRunning] = useState(false)
  const [deleting, setDeleting] = useState(false)
  const [limiting, setLimiting] = useState(false)
  const changed = useWorkflowsChanged()
  const path = { id: workflow.id }
  const remove = $api.useMutation('delete', '/api/workflows/{id}', {
    onSuccess: async () => {
      notify('success', `${workflow.name} was removed`)
      onDeleted()
      await changed()
    },
  })
  const update = $api.useMutation('put', '/api/workflows/{id}', { onSuccess: changed })
  const file = useExport(workflow.id)
  const active = workflow.status === 'ACTIVE'

  function toggle() {
    update.mutate({
      params: { path, header: { 'If-Match': workflow.version } },
      body: {
        name: workflow.name,
        description: workflow.description,
        status: active ? 'INACTIVE' : 'ACTIVE',
        definition: workflow.definition,
      },
    })
  }

  if (!useCan('change')) return null
  return (
    <>
      {onRehearse && (
        <Button onClick={onRehearse}>
          <FlaskConical aria-hidden /> Rehearse
        </Button>
      )}
      <Button variant="primary" onClick={() => setRunning(true)}>
        <Play aria-hidden /> Run
      </Button>
      <Menu
        label="More actions"
        triggerClassName={buttonClass({ size: 'icon' })}
        pending={update.isPending}
        trigger={<Ellipsis aria-hidden />}
      >
        {mayDo(workflow, 'edit') && (
          <>
            <MenuItem onSelect={toggle}>
              {active ? <Pause aria-hidden /> : <Play aria-hidden />}
              {active ? 'Make inactive' : 'Make active'}
            </MenuItem>
            <MenuItem onSelect={() => setLimiting(true)}>
              <Gauge aria-hidden /> Runs at once
            </MenuItem>
            <MenuSeparator />
          </>
        )}
        <MenuLabel>Download</MenuLabel>
        <MenuItem onSelect={() => void file.save('apiq')}>
          <Download aria-hidden /> Document
        </MenuItem>
        <MenuItem onSelect={() => void file.save('arazzo')}>
          <Download aria-hidden /> Arazzo description
        </MenuItem>
        <MenuItem onSelect={() => void file.save('asl')}>
          <Download aria-hidden /> State machine (ASL)
        </MenuItem>
        {mayDelete(workflow) && (
          <>
            <MenuSeparator />
            <MenuItem danger onSelect={() => setDeleting(true)}>
              <Trash2 aria-hidden /> Remove workflow
            </MenuItem>
          </>
        )}
      </Menu>
      {update.error && <FailureNote error={update.error} className="basis-full" />}
      {file.error !== null && <FailureNote error={file.error} className="basis-full" />}
      {limiting && <ConcurrencyDialog workflow={workflow} onClose={() => setLimiting(false)} />}
      <RunDialog open={running} workflow={workflow} onClose={() => setRunning(false)} onStarted={onStarted} />
      <ConfirmDialog
        open={deleting}
        onClose={() => setDeleting(false)}
        onConfirm={() => remove.mutate({ params: { path } })}
        pending={remove.isPending}
        title={`Remove ${workflow.name}?`}
        description="It can no longer be run. Its past runs stay readable."
        confirmLabel="Remove"
      >
        {remove.error && <FailureNote error={remove.error} />}
      </ConfirmDialog>
    </>
  )
}

interface RunDialogProps {
  open: boolean
  workflow: Workflow
  onClose: () => void
  onStarted: (executionId: string) => void
}

function RunDialog({ open, workflow, onClose, onStarted }: RunDialogProps) {
  const fields = inputFields(workflow.definition)
  const [values, setValues] = useState<Record<string, string>>({})
  const [faults, setFaults] = useState<Record<string, string>>({})
  const execute = $api.useMutation('post', '/api/workflows/{id}/execute')

  function run() {
    const parsed = parseInputs(fields, values)
    setFaults(parsed.faults)
    if (Object.keys(parsed.faults).length > 0) return
    execute.mutate(
      {
        params: { path: { id: workflow.id } },
        body: { version: workflow.latestVersion, ...(fields.length > 0 ? { input: parsed.input } : {}) },
      },
      { onSuccess: ({ data }) => onStarted(data.executionId) },
    )
  }

  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Run ${workflow.name}`}
      description={fields.length > 0 ? 'It needs this to start:' : 'It takes no input. Its calls are real.'}
    >
      <form
        noValidate
        className="grid gap-4 overflow-y-auto px-5 pb-4"
        onSubmit={(event) => {
          event.preventDefault()
          run()
        }}
      >
        <InputFields fields={fields} values={values} faults={faults} onChange={setValues} />
        {execute.error && <FailureNote error={execute.error} />}
        <footer className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" pending={execute.isPending}>
            Run version {workflow.latestVersion}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
