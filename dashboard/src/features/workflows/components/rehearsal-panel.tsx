import { FlaskConical } from 'lucide-react'
import { useState } from 'react'
import { EmptyState } from '@/components/empty-state'
import { FailureNote } from '@/components/failure'
import { InputFields } from '@/components/input-fields'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import type { Workflow } from '@/lib/api/types'
import { inputFields, parseInputs } from '@/lib/document'
import { useCan } from '@/lib/session'
import { RehearsalReport } from './rehearsal-report'

/** Plays the workflow on stand-ins of its APIs and shows what came of it. Nothing is called. */
export function RehearsalPanel({ workflow }: { workflow: Workflow }) {
  const may = useCan('change')
  const fields = inputFields(workflow.definition).map((field) => ({ ...field, required: false }))
  const [values, setValues] = useState<Record<string, string>>({})
  const [faults, setFaults] = useState<Record<string, string>>({})
  const rehearse = $api.useMutation('post', '/api/workflows/{id}/rehearse')
  const report = rehearse.data?.data

  function run() {
    const parsed = parseInputs(fields, values)
    setFaults(parsed.faults)
    if (Object.keys(parsed.faults).length > 0) return
    rehearse.mutate({
      params: { path: { id: workflow.id } },
      body: { version: workflow.latestVersion, ...(fields.length > 0 ? { input: parsed.input } : {}) },
    })
  }

  if (!may)
    return (
      <Card>
        <EmptyState icon={FlaskConical} title="Rehearsals are for those who may run workflows">
          Ask a member of the workspace for the report.
        </EmptyState>
      </Card>
    )
  const button = (
    <Button variant="primary" type="submit" pending={rehearse.isPending}>
      <FlaskConical aria-hidden /> {report ? 'Rehearse again' : 'Rehearse'}
    </Button>
  )
  return (
    <form
      noValidate
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault()
        if (!rehearse.isPending) run()
      }}
    >
      {fields.length > 0 && (
        <Card className="grid gap-3 p-4">
          <p className="text-ink-2 text-sm">What you leave empty is made up to fit.</p>
          <InputFields fields={fields} values={values} faults={faults} onChange={setValues} />
          <div className="flex justify-end">{button}</div>
        </Card>
      )}
      {rehearse.isPending ? (
        <Card>
          <SkeletonRows label="Rehearsing" />
        </Card>
      ) : rehearse.error ? (
        <FailureNote error={rehearse.error} onRetry={run} />
      ) : report ? (
        <RehearsalReport report={report} again={fields.length === 0 ? button : undefined} />
      ) : (
        <Card>
          <EmptyState
            icon={FlaskConical}
            title="See what a run would do"
            action={fields.length === 0 ? button : undefined}
          >
            The whole plan is played on stand-ins of its APIs, as it is and with each call in trouble. Nothing
            is called, and no credential is opened.
          </EmptyState>
        </Card>
      )}
    </form>
  )
}
