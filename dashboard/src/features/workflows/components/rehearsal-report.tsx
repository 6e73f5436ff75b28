import { TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { Method } from '@/components/method'
import { RiskBadge, RunStatus } from '@/components/status'
import { Card } from '@/components/ui/card'
import type { Rehearsal, RehearsalStep } from '@/lib/api/types'
import { callsText, durationText, fieldText, formatCost, sourceText } from '../rehearsal'
import { RehearsalEgress } from './rehearsal-egress'
import { RehearsalScenarios } from './rehearsal-scenarios'

interface RehearsalReportProps {
  report: Rehearsal
  /** Rehearses once more, where no form above does. */
  again?: ReactNode
}

export function RehearsalReport({ report, again }: RehearsalReportProps) {
  return (
    <div className="grid gap-6">
      <Summary report={report} again={again} />
      <Part title="What each step does">
        {report.steps.length === 0 ? (
          <p className="px-4 py-3 text-ink-2 text-sm">No step calls an API.</p>
        ) : (
          <ol aria-label="Steps of the rehearsal" className="divide-y">
            {report.steps.map((step) => (
              <StepRow key={step.id} step={step} />
            ))}
          </ol>
        )}
      </Part>
      <Part title="Which data goes where">
        <RehearsalEgress destinations={report.egress} />
      </Part>
      <Part title="When a call meets trouble">
        <RehearsalScenarios scenarios={report.scenarios} truncated={report.truncated} />
      </Part>
    </div>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h2 className="mb-2 font-semibold text-sm">{title}</h2>
      <Card className="overflow-hidden">{children}</Card>
    </section>
  )
}

function Summary({ report, again }: RehearsalReportProps) {
  const { run, totals, problems, assumed, samples } = report
  const made = Object.entries(samples)
  return (
    <Card className="grid gap-3 p-4 text-sm">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <RunStatus status={run.status} />
        <p className="num min-w-0 flex-1">
          {callsText(totals)} · {durationText(totals.duration)} · {formatCost(totals.cost.oneMachineUsd)} on
          one machine, {formatCost(totals.cost.awsUsd)} on AWS
        </p>
        {again}
      </div>
      {problems.length > 0 && (
        <ul aria-label="Problems" className="grid gap-1.5 rounded-md border border-warn/40 bg-warn-soft p-3">
          {problems.map(({ step, message }) => (
            <li key={`${step} ${message}`} className="flex gap-2">
              <TriangleAlert className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden />
              <span className="min-w-0 break-words">
                {step && <code className="font-mono text-xs">{step}</code>} {message}
              </span>
            </li>
          ))}
        </ul>
      )}
      {(made.length > 0 || assumed.length > 0) && (
        <ul aria-label="What was assumed" className="list-disc space-y-0.5 pl-4 text-ink-2">
          {made.map(([name, value]) => (
            <li key={name} className="break-words">
              {name} was made up: <code className="font-mono text-xs">{JSON.stringify(value)}</code>
            </li>
          ))}
          {assumed.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      )}
      <details className="text-ink-2 text-xs">
        <summary className="cursor-pointer">How time and cost are figured</summary>
        <p className="mt-1 max-w-prose">{totals.duration.basis}</p>
        <p className="mt-1 max-w-prose">{totals.cost.basis}</p>
      </details>
    </Card>
  )
}

function StepRow({ step }: { step: RehearsalStep }) {
  return (
    <li className="grid gap-x-6 gap-y-2 px-4 py-3 text-sm lg:grid-cols-2">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-medium">{step.name ?? step.id}</span>
          <RiskBadge risk={step.effect} />
          <span className="num text-ink-3 text-xs">
            {step.calls === 1 ? 'once' : step.calls === 0 ? 'not reached' : `${step.calls} times`}
          </span>
        </p>
        <p className="mt-1 break-all font-mono text-ink-2 text-xs">
          <Method method={step.method} className="w-auto pr-1.5" />
          {step.host}
          {step.path}
        </p>
        <p className="mt-1 text-ink-2">
          <span className="capitalize">{step.change.verb}</span> {step.change.what} in {step.connectionName}.{' '}
          {step.repeatRule}
        </p>
      </div>
      {step.fields.length === 0 ? (
        <p className="text-ink-3">It sends no data.</p>
      ) : (
        <dl className="grid min-w-0 content-start gap-1">
          {step.fields.map((field) => (
            <div key={`${field.in} ${field.name}`} className="flex flex-wrap gap-x-2">
              <dt className="break-all font-mono text-xs leading-5">{fieldText(field)}</dt>
              <dd className="min-w-0 break-words text-ink-2">
                {field.from.map(sourceText).join(', ')}
                {!field.sent && step.calls > 0 && <span className="text-warn"> · nothing was sent</span>}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  )
}
