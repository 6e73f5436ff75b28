import { useState } from 'react'
import { FailureNote } from '@/components/failure'
import { InputFields } from '@/components/input-fields'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Field, Textarea } from '@/components/ui/field'
import { Segmented } from '@/components/ui/segmented'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import type { ExecutionDetail } from '@/lib/api/types'
import { inputFields, parseInputs } from '@/lib/document'
import { isSchema } from '@/lib/json-schema'
import { useRunWorkflow } from '../api/queries'

interface ReplayDialogProps {
  run: ExecutionDetail
  onClose: () => void
  onStarted: (executionId: string) => void
}

/** Asks with which input, and by which version, what a run ran is run again. */
export function ReplayDialog({ run, onClose, onStarted }: ReplayDialogProps) {
  const { newest, own } = useRunWorkflow(run)
  const error = newest.error ?? own.error
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Run ${run.workflowName} again`}
      description="A run of its own, from the first step. Its calls are real: what this run did is done once more."
    >
      {error ? (
        <div className="px-5 pb-4">
          <FailureNote error={error} />
        </div>
      ) : newest.data && own.data ? (
        <ReplayForm
          run={run}
          versions={{
            [run.version]: own.data.data[0]?.definition,
            [newest.data.data.latestVersion]: newest.data.data.definition,
          }}
          onClose={onClose}
          onStarted={onStarted}
        />
      ) : (
        <SkeletonRows rows={3} label="Loading the workflow" />
      )}
    </Dialog>
  )
}

/** The input of the run, as the texts of a form. */
function texts(input: unknown): Record<string, string> {
  const entries = isSchema(input) ? Object.entries(input) : []
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
}

interface ReplayFormProps extends ReplayDialogProps {
  /** Documents by version: the run's, and the newest where that is another. */
  versions: Record<string, unknown>
}

function ReplayForm({ run, versions, onClose, onStarted }: ReplayFormProps) {
  const [version, setVersion] = useState(String(run.version))
  const [values, setValues] = useState(() => texts(run.input))
  const [whole, setWhole] = useState(() => JSON.stringify(run.input ?? {}, null, 2))
  const [faults, setFaults] = useState<Record<string, string>>({})
  const replay = $api.useMutation('post', '/api/executions/{id}/replay')
  const fields = inputFields(versions[version])

  function input(): unknown {
    if (fields.length > 0) {
      const parsed = parseInputs(fields, values)
      setFaults(parsed.faults)
      if (Object.keys(parsed.faults).length > 0) return undefined
      const named = new Set(fields.map(({ name }) => name))
      const others = Object.entries(isSchema(run.input) ? run.input : {}).filter(([name]) => !named.has(name))
      return { ...Object.fromEntries(others), ...parsed.input }
    }
    try {
      setFaults({})
      return JSON.parse(whole)
    } catch {
      setFaults({ whole: 'Not valid JSON.' })
      return undefined
    }
  }

  function start() {
    const given = input()
    if (given === undefined) return
    replay.mutate(
      { params: { path: { id: run.id } }, body: { version: Number(version), input: given } },
      { onSuccess: ({ data }) => onStarted(data.executionId) },
    )
  }

  return (
    <form
      noValidate
      className="grid gap-4 overflow-y-auto px-5 pb-4"
      onSubmit={(event) => {
        event.preventDefault()
        start()
      }}
    >
      {Object.keys(versions).length > 1 && (
        <Segmented
          label="Version"
          value={version}
          onChange={setVersion}
          className="justify-self-start"
          items={Object.keys(versions).map((value) => ({
            value,
            label: `Version ${value}, ${value === String(run.version) ? 'as it ran' : 'the newest'}`,
          }))}
        />
      )}
      {fields.length > 0 ? (
        <InputFields fields={fields} values={values} faults={faults} onChange={setValues} />
      ) : (
        <Field label="Input" aside="JSON" error={faults.whole}>
          {(field) => (
            <Textarea
              {...field}
              className="font-mono text-xs"
              value={whole}
              onChange={(event) => setWhole(event.target.value)}
            />
          )}
        </Field>
      )}
      {replay.error && <FailureNote error={replay.error} />}
      <footer className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" pending={replay.isPending}>
          Run again
        </Button>
      </footer>
    </form>
  )
}
