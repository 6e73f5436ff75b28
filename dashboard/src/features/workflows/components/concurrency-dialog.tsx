import { useState } from 'react'
import { FormDialog } from '@/components/form-dialog'
import { Field, Input, Select } from '@/components/ui/field'
import { $api } from '@/lib/api/client'
import type { Workflow, WorkflowState } from '@/lib/api/types'
import { useWorkflowsChanged } from '../api/queries'

const POLICIES = {
  allow: 'Run it too: no limit',
  queue: 'Wait for its turn',
  skip: 'Do not run it',
  cancel: 'Cancel the oldest run for it',
} as const
type Policy = keyof typeof POLICIES

interface Concurrency {
  limit?: number
  policy: Policy
  key?: string
}

interface ConcurrencyDialogProps {
  workflow: Workflow
  onClose: () => void
}

/** How many runs may be under way at once, and what becomes of a start beyond that. */
export function ConcurrencyDialog({ workflow, onClose }: ConcurrencyDialogProps) {
  const { concurrency, ...definition } = workflow.definition as { concurrency?: Concurrency }
  const [policy, setPolicy] = useState<Policy>(concurrency?.policy ?? 'allow')
  const [limit, setLimit] = useState(String(concurrency?.limit ?? 1))
  const [key, setKey] = useState(concurrency?.key ?? '')
  const changed = useWorkflowsChanged()
  const update = $api.useMutation('put', '/api/workflows/{id}', {
    onSuccess: async () => {
      onClose()
      await changed()
    },
  })
  const bounded = policy !== 'allow'
  const save = () =>
    update.mutate({
      params: { path: { id: workflow.id }, header: { 'If-Match': workflow.version } },
      body: {
        name: workflow.name,
        description: workflow.description,
        status: workflow.status as WorkflowState,
        definition: bounded
          ? {
              ...definition,
              concurrency: { limit: Number(limit), policy, ...(key.trim() ? { key: key.trim() } : {}) },
            }
          : definition,
      },
    })
  return (
    <FormDialog
      title="Runs at once"
      description="Saving makes a new version. Runs under way are not touched."
      submitLabel="Save"
      onSubmit={save}
      onClose={onClose}
      pending={update.isPending}
      error={update.error}
    >
      <Field label="A start while too many runs are under way">
        {(props) => (
          <Select {...props} value={policy} onChange={(event) => setPolicy(event.target.value as Policy)}>
            {Object.entries(POLICIES).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {bounded && (
        <>
          <Field label="Limit">
            {(props) => (
              <Input
                {...props}
                type="number"
                min={1}
                max={100}
                required
                value={limit}
                onChange={(event) => setLimit(event.target.value)}
              />
            )}
          </Field>
          <Field label="For each" hint="An expression over the input; empty for all runs together.">
            {(props) => (
              <Input
                {...props}
                className="font-mono"
                maxLength={1024}
                placeholder="{% $input.customerId %}"
                value={key}
                onChange={(event) => setKey(event.target.value)}
              />
            )}
          </Field>
        </>
      )}
    </FormDialog>
  )
}
