import { Link } from '@tanstack/react-router'
import { Hand } from 'lucide-react'
import { useCallback, useState } from 'react'
import { FailureNote } from '@/components/failure'
import { Page } from '@/components/page'
import { Split } from '@/components/split'
import { RunStatus } from '@/components/status'
import { Ago } from '@/components/time'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Skeleton, SkeletonRows } from '@/components/ui/skeleton'
import type { ExecutionDetail } from '@/lib/api/types'
import { formatDuration, plural } from '@/lib/format'
import { useNow } from '@/lib/use-now'
import { useRunEvents } from '../api/live'
import { isEnded, useRun, useRunChanged } from '../api/queries'
import { outcome } from '../outcome'
import type { StepTab } from '../tabs'
import { needsPerson } from '../waterfall'
import { RunActions } from './run-actions'
import { RunSummary } from './run-summary'
import { StepDetail } from './step-detail'
import { Waterfall } from './waterfall'

interface RunViewProps {
  id: string
  step?: string
  tab?: StepTab
  onStep: (path: string | undefined) => void
  onTab: (tab: StepTab) => void
  /** Another run was started from this one. */
  onStarted: (id: string) => void
  onRemoved: () => void
}

/** A run as it happens: the waterfall at the left, the chosen step at the right. */
export function RunView({ id, step, tab, onStep, onTab, onStarted, onRemoved }: RunViewProps) {
  const query = useRun(id)
  const [generation, setGeneration] = useState(0)
  const changed = useRunChanged(id)
  const onNews = useCallback(() => void changed(), [changed])
  useRunEvents(id, generation, onNews)
  const run = query.data?.data
  const now = useNow(run !== undefined && !isEnded(run))

  if (query.isPending) {
    return (
      <Page title="Run" heading={<Skeleton className="h-6 w-56" />} width="wide">
        <Card>
          <SkeletonRows label="Loading the run" />
        </Card>
      </Page>
    )
  }
  if (query.isError || !run) {
    return (
      <Page title="Run" width="read">
        <FailureNote error={query.error} onRetry={() => query.refetch()} />
      </Page>
    )
  }
  const chosen = run.steps.find(({ path }) => path === step)
  return (
    <Page
      title={run.workflowName || 'Run'}
      width="wide"
      heading={
        <span className="flex flex-wrap items-center gap-3">
          {run.workflowName || 'Run'} <RunStatus status={run.status} />
        </span>
      }
      description={<Facts run={run} now={now} />}
      actions={
        <RunActions
          run={run}
          onRetried={() => {
            setGeneration((old) => old + 1)
            void changed()
          }}
          onChanged={changed}
          onStarted={onStarted}
          onRemoved={onRemoved}
        />
      }
    >
      <NeedsYou run={run} onStep={onStep} />
      {(run.status === 'FAILED' || run.status === 'CANCELLED') && run.steps.length > 0 && (
        <p className="mb-4 break-words rounded-lg border px-4 py-2.5 text-ink-2 text-sm">{outcome(run)}</p>
      )}
      <Card className="overflow-hidden">
        <Split
          label="Width of the steps"
          storageKey="apiq.run-split"
          className="lg:h-[calc(100dvh-12.5rem)] lg:min-h-96"
          start={
            <div className="scroll-thin h-full overflow-y-auto">
              {run.steps.length === 0 ? (
                <p role="status" className="px-4 py-6 text-ink-3 text-sm">
                  {isEnded(run) ? 'No step has run.' : <Beginning run={run} />}
                </p>
              ) : (
                <Waterfall run={run} now={now} selected={chosen?.path} onSelect={onStep} />
              )}
            </div>
          }
          end={
            <div className="scroll-thin h-full overflow-y-auto">
              {chosen ? (
                <StepDetail
                  key={chosen.path}
                  run={run}
                  step={chosen}
                  tab={tab}
                  onTab={onTab}
                  onClose={() => onStep(undefined)}
                  onResolved={changed}
                />
              ) : (
                <RunSummary run={run} />
              )}
            </div>
          }
        />
      </Card>
    </Page>
  )
}

/** What a run waits for before its first step. */
function Beginning({ run: { queue } }: { run: ExecutionDetail }) {
  if (!queue) return 'Waiting for the first step…'
  return (
    <>
      Number {queue.position} in the queue: {plural(queue.limit, 'run')} of the workflow at once. Under way:{' '}
      {queue.running.map((id) => (
        <Link
          key={id}
          to="/runs/$id"
          params={{ id }}
          className="mr-2 break-all text-accent underline underline-offset-2"
        >
          {id}
        </Link>
      ))}
    </>
  )
}

function Facts({ run, now }: { run: ExecutionDetail; now: number }) {
  const end = run.completedAt ? new Date(run.completedAt).getTime() : now
  return (
    <p className="num flex flex-wrap gap-x-3 gap-y-0.5">
      <span>
        started <Ago at={run.startedAt} />
      </span>
      <span>{formatDuration(end - new Date(run.startedAt).getTime())}</span>
      <span>{plural(run.steps.length, 'step')}</span>
      <Link
        to="/workflows/$id"
        params={{ id: run.workflowId }}
        className="text-accent underline underline-offset-2"
      >
        workflow, version {run.version}
      </Link>
      {run.replayOf && (
        <Link
          to="/runs/$id"
          params={{ id: run.replayOf }}
          className="text-accent underline underline-offset-2"
        >
          runs another again
        </Link>
      )}
    </p>
  )
}

function NeedsYou({ run, onStep }: { run: ExecutionDetail; onStep: (path: string) => void }) {
  const waiting = run.steps.filter(needsPerson)
  if (waiting.length === 0 || isEnded(run)) return null
  return (
    <div
      role="status"
      className="mb-4 flex flex-wrap items-center gap-3 rounded-lg bg-warn-soft px-4 py-2.5 text-sm text-warn"
    >
      <Hand className="size-4" aria-hidden />
      <span className="font-medium">The run waits for a decision.</span>
      {waiting.map((step) => (
        <Button key={step.path} size="sm" onClick={() => onStep(step.path)}>
          {step.name || step.path}
        </Button>
      ))}
    </div>
  )
}
