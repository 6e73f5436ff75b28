import { ChevronRight } from 'lucide-react'
import { CheckList } from '@/components/check-list'
import { RiskBadge } from '@/components/status'
import { Badge } from '@/components/ui/badge'
import type { PlanStep as Step } from '@/lib/api/types'
import { cn } from '@/lib/cn'
import { countChecks } from '../plan'

interface PlanStepProps {
  step: Step
  index: number
  title: string
  connectionName?: string
  depth: number
  lane?: string
}

const indents = ['', 'ml-5', 'ml-10', 'ml-14']

/** One step: what it calls, why, how risky, and what was checked. What is not plainly fine stands open. */
export function PlanStep({ step, index, title, connectionName, depth, lane }: PlanStepProps) {
  const { ok, failed, unknown } = countChecks(step.checks)
  return (
    <li className={cn('flex gap-3 py-3', indents[Math.min(depth, 3)])}>
      <span
        aria-hidden
        className="num mt-px grid size-5.5 shrink-0 place-items-center rounded-full border border-line-strong font-medium font-mono text-2xs text-ink-2"
      >
        {index + 1}
      </span>
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          {lane && <span className="rounded-sm bg-hover px-1 text-ink-3 text-xs">{lane}</span>}
          <span className="font-medium">{title}</span>
          {connectionName && <Badge tone="outline">{connectionName}</Badge>}
          <span className="ml-auto">
            <RiskBadge risk={step.risk} />
          </span>
        </div>
        {step.operation && <p className="mt-0.5 break-all font-mono text-ink-2 text-xs">{step.operation}</p>}
        <p className="mt-1 text-ink-2 text-sm">{step.why}</p>
        {step.undoOffer && (
          <p className="mt-1 text-ink-3 text-xs">
            Can be undone with{' '}
            <code className="break-all font-mono">
              {step.undoOffer.method} {step.undoOffer.path}
            </code>
          </p>
        )}
        {step.checks.length > 0 && (
          <details className="group mt-1.5" open={failed + unknown > 0}>
            <summary className="inline-flex list-none items-center gap-1 rounded-sm text-xs">
              <ChevronRight
                className="size-3 text-ink-3 transition-transform group-open:rotate-90"
                aria-hidden
              />
              <span className="text-ink-2">Checks:</span>
              {ok > 0 && <span className="num text-ok">{ok} passed</span>}
              {unknown > 0 && <span className="num text-warn">{unknown} unknown</span>}
              {failed > 0 && <span className="num text-bad">{failed} failed</span>}
            </summary>
            <CheckList checks={step.checks} className="mt-1.5 border-l pl-3" />
          </details>
        )}
      </div>
    </li>
  )
}
