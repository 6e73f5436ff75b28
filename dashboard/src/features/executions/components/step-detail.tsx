import { Link } from '@tanstack/react-router'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { JsonView } from '@/components/json-view'
import { StepStatus } from '@/components/status'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Tabs } from '@/components/ui/tabs'
import type { Attempt, ExecutionDetail, RunFailure, Step } from '@/lib/api/types'
import { formatDateTime, formatDuration } from '@/lib/format'
import { useCan } from '@/lib/session'
import { type StepTab, stepTabs } from '../tabs'
import { needsPerson } from '../waterfall'
import { ResolveForm } from './resolve-form'

const labels: Record<StepTab, string> = {
  output: 'Output',
  request: 'Request',
  response: 'Response',
  error: 'Error',
  attempts: 'Attempts',
}

interface StepDetailProps {
  run: ExecutionDetail
  step: Step
  tab?: StepTab
  onTab: (tab: StepTab) => void
  onClose: () => void
  onResolved: () => void
}

export function StepDetail({ run, step, tab, onTab, onClose, onResolved }: StepDetailProps) {
  const tabs = stepTabs(step)
  const current =
    tab && tabs.includes(tab) ? tab : step.error && tabs.includes('error') ? 'error' : (tabs[0] ?? 'output')
  const mayChange = useCan('change')
  return (
    <section aria-label="Step" className="p-4">
      <header className="mb-3 flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <h2 className="flex flex-wrap items-center gap-2 font-semibold">
            {step.name || step.id} <StepStatus status={step.status} />
          </h2>
          <p className="mt-0.5 break-all font-mono text-ink-3 text-xs">
            {step.path} · {step.type}
            {step.attempt > 1 ? ` · attempt ${step.attempt}` : ''}
          </p>
        </div>
        <Button variant="ghost" size="icon" aria-label="Close the step" onClick={onClose}>
          <X aria-hidden />
        </Button>
      </header>
      {step.message && !needsPerson(step) && <p className="mb-3 text-ink-2 text-sm">{step.message}</p>}
      {step.executionId && (
        <p className="mb-3 text-sm">
          <Link
            to="/runs/$id"
            params={{ id: step.executionId }}
            className="text-accent underline underline-offset-2"
          >
            Open the run it started
          </Link>
        </p>
      )}
      {needsPerson(step) && mayChange && (
        <ResolveForm
          runId={run.id}
          path={step.path}
          kind={step.status === 'UNKNOWN' ? 'unknown' : 'approval'}
          message={step.message}
          expiresAt={step.expiresAt}
          onResolved={onResolved}
        />
      )}
      <Tabs
        label="Step"
        value={current}
        onChange={onTab}
        items={tabs.map((value) => ({
          value,
          label: labels[value],
          count: value === 'attempts' ? step.attempts?.length : undefined,
        }))}
        panelClassName="pt-3"
      >
        <Panel tab={current} step={step} />
      </Tabs>
    </section>
  )
}

function Panel({ tab, step }: { tab: StepTab; step: Step }): ReactNode {
  switch (tab) {
    case 'output':
      return step.output === undefined ? (
        <p className="text-ink-3 text-sm">Nothing yet.</p>
      ) : (
        <JsonView value={step.output} label="output" />
      )
    case 'request':
      return <JsonView value={step.request} label="request" />
    case 'response':
      return <JsonView value={step.response} label="response" />
    case 'error':
      return step.error && <Failure error={step.error} />
    case 'attempts':
      return (
        <ol className="grid gap-2">
          {step.attempts?.map((attempt) => (
            <AttemptView key={attempt.number} attempt={attempt} open={step.attempts?.length === 1} />
          ))}
        </ol>
      )
  }
}

function Failure({ error }: { error: RunFailure }) {
  return (
    <div className="rounded-lg bg-bad-soft px-4 py-3 text-sm">
      <p className="font-medium font-mono text-bad text-xs">{error.name}</p>
      <p className="mt-0.5 break-words">{error.cause}</p>
    </div>
  )
}

function AttemptView({ attempt, open }: { attempt: Attempt; open: boolean }) {
  const took = attempt.endedAt
    ? new Date(attempt.endedAt).getTime() - new Date(attempt.startedAt).getTime()
    : null
  return (
    <li>
      <details open={open} className="rounded-md border">
        <summary className="flex items-center gap-2 px-3 py-2 text-sm">
          <Badge tone="outline">{attempt.number}</Badge>
          <StepStatus status={attempt.status} />
          {attempt.reconcile && <Badge tone="accent">asked what became of it</Badge>}
          <span className="num ml-auto text-ink-3 text-xs">
            {formatDateTime(attempt.startedAt)}
            {took !== null && ` · ${formatDuration(took)}`}
          </span>
        </summary>
        <div className="grid gap-3 border-t p-3">
          {attempt.error && <Failure error={attempt.error} />}
          {attempt.request !== undefined && (
            <JsonView value={attempt.request} label={`request of attempt ${attempt.number}`} />
          )}
          {attempt.response !== undefined && (
            <JsonView value={attempt.response} label={`response of attempt ${attempt.number}`} />
          )}
        </div>
      </details>
    </li>
  )
}
