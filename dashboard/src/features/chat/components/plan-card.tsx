import { Play, ShieldAlert } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { FailureNote } from '@/components/failure'
import { InputFields } from '@/components/input-fields'
import { JsonView } from '@/components/json-view'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { CheckField } from '@/components/ui/field'
import { Segmented } from '@/components/ui/segmented'
import { $api } from '@/lib/api/client'
import type { Alternative, Plan } from '@/lib/api/types'
import { parseInputs } from '@/lib/document'
import { formatDuration, plural } from '@/lib/format'
import { useConnectionNames } from '../api/names'
import { countChecks, irreversibleSteps, planFields, planTitle, stepsById, stepTitle } from '../plan'
import { Confidence } from './confidence'
import { OtherReadings } from './other-readings'
import { PlanStep } from './plan-step'

interface PlanCardProps {
  plan: Plan
  /** An older plan of the talk is shown, but a newer one took its place. */
  superseded: boolean
  /** It came of a button that is gone with the plan before: the keyboard goes on from here. */
  focused?: boolean
  onStarted: (executionId: string) => void
  onTaken: (alternative: Alternative, plan: Plan) => void
}

/** A checked draft to read and confirm. Nothing has run; what cannot be undone asks on its own. */
export function PlanCard({ plan, superseded, focused, onStarted, onTaken }: PlanCardProps) {
  const [view, setView] = useState<'steps' | 'json'>('steps')
  const inDocument = stepsById(plan)
  const names = useConnectionNames()
  const count = countChecks(plan.steps.flatMap(({ checks }) => checks))
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (focused) heading.current?.focus({ preventScroll: true })
  }, [focused])
  // A plan that was kept over an update of the page may be older than its alternatives.
  const alternatives = plan.alternatives ?? []
  return (
    <Card className="overflow-hidden">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b bg-sunken px-4 py-3">
        <div className="min-w-0 flex-1 basis-60">
          <h2 ref={heading} tabIndex={-1} className="font-semibold outline-none">
            {planTitle(plan)}
          </h2>
          <p className="num text-ink-3 text-xs">
            {plural(plan.steps.length, 'step')} · {count.ok} of {count.ok + count.unknown + count.failed}{' '}
            checks passed · planned by {plan.planner === 'builtin' ? 'the built-in planner' : plan.planner} in{' '}
            {formatDuration(plan.latencyMs)}
          </p>
        </div>
        <Confidence value={plan.confidence} />
        <Segmented
          label="View of the plan"
          value={view}
          onChange={setView}
          items={[
            { value: 'steps', label: 'Steps' },
            { value: 'json', label: 'JSON' },
          ]}
        />
      </header>
      {view === 'json' ? (
        <JsonView value={plan.workflow} label="workflow document" className="m-4" />
      ) : (
        <ol className="divide-y px-4" aria-label="Steps of the plan">
          {plan.steps.map((step, index) => (
            <PlanStep
              key={step.id}
              step={step}
              index={index}
              title={stepTitle(step, inDocument.get(step.id))}
              connectionName={names.get(step.connection ?? '')}
              depth={inDocument.get(step.id)?.depth ?? 0}
              lane={inDocument.get(step.id)?.lane}
            />
          ))}
        </ol>
      )}
      {!superseded && alternatives.length > 0 && (
        <OtherReadings alternatives={alternatives} onTaken={onTaken} />
      )}
      {superseded ? (
        <p className="border-t px-4 py-3 text-ink-3 text-sm">A newer plan below took its place.</p>
      ) : (
        <ConfirmPlan plan={plan} failedChecks={count.failed} onStarted={onStarted} />
      )}
    </Card>
  )
}

interface ConfirmPlanProps {
  plan: Plan
  failedChecks: number
  onStarted: (executionId: string) => void
}

function ConfirmPlan({ plan, failedChecks, onStarted }: ConfirmPlanProps) {
  const fields = planFields(plan)
  const irreversible = irreversibleSteps(plan)
  const inDocument = stepsById(plan)
  const [values, setValues] = useState<Record<string, string>>({})
  const [faults, setFaults] = useState<Record<string, string>>({})
  const [ticked, setTicked] = useState<string[]>([])
  const [undoing, setUndoing] = useState(false)
  const undoable = plan.steps.filter(({ undoOffer }) => undoOffer).length
  const execute = $api.useMutation('post', '/api/chat/execute')
  const allTicked = irreversible.every(({ id }) => ticked.includes(id))

  function confirm() {
    const parsed = parseInputs(fields, values)
    setFaults(parsed.faults)
    if (Object.keys(parsed.faults).length > 0) return
    execute.mutate(
      {
        body: {
          planId: plan.planId,
          confirm: true,
          ...(fields.length > 0 ? { input: parsed.input } : {}),
          ...(irreversible.length > 0 ? { confirmIrreversible: ticked } : {}),
          ...(undoing ? { undoOnFailure: true } : {}),
        },
      },
      { onSuccess: ({ data }) => onStarted(data.executionId) },
    )
  }

  return (
    <footer className="grid gap-4 border-t bg-sunken px-4 py-4">
      {fields.length > 0 && (
        <section aria-label="What the plan needs to know" className="rounded-md border bg-surface p-3.5">
          <InputFields fields={fields} values={values} faults={faults} onChange={setValues} />
        </section>
      )}
      {irreversible.length > 0 && (
        <fieldset className="grid gap-2 rounded-md border border-bad/40 bg-bad-soft p-3.5">
          <legend className="sr-only">Steps that cannot be undone</legend>
          <p className="flex items-center gap-2 font-medium text-bad text-sm">
            <ShieldAlert className="size-4" aria-hidden />
            {plural(irreversible.length, 'step')} cannot be undone. Confirm each.
          </p>
          {irreversible.map((step) => (
            <CheckField
              key={step.id}
              checked={ticked.includes(step.id)}
              onChange={(checked) =>
                setTicked(checked ? [...ticked, step.id] : ticked.filter((other) => other !== step.id))
              }
            >
              <span className="font-medium">{stepTitle(step, inDocument.get(step.id))}</span>{' '}
              <code className="break-all font-mono text-xs">{step.operation ?? step.id}</code>
            </CheckField>
          ))}
        </fieldset>
      )}
      {undoable > 0 && (
        <CheckField checked={undoing} onChange={setUndoing}>
          If the run fails, undo what it did: {plural(undoable, 'step')} of {plan.steps.length} can be undone
        </CheckField>
      )}
      {failedChecks > 0 && (
        <p className="text-bad text-sm">
          {plural(failedChecks, 'check')} failed. Say below what to change; as it is, the run may be refused.
        </p>
      )}
      {execute.error && <FailureNote error={execute.error} />}
      <div className="flex flex-wrap items-center gap-3">
        <Button
          variant="primary"
          size="lg"
          pending={execute.isPending}
          disabled={!allTicked}
          onClick={confirm}
        >
          {!execute.isPending && <Play aria-hidden />}
          Confirm and run
        </Button>
        <p className="flex items-center gap-2 text-ink-3 text-xs">
          <Badge tone="outline">Nothing has run yet</Badge>
          <span className="hidden sm:inline">Confirming saves the plan as a workflow and starts it.</span>
        </p>
      </div>
    </footer>
  )
}
