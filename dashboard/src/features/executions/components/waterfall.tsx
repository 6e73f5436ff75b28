import { type KeyboardEvent, useRef } from 'react'
import { StepStatus } from '@/components/status'
import type { ExecutionDetail } from '@/lib/api/types'
import { cn } from '@/lib/cn'
import { formatDuration } from '@/lib/format'
import { stepState } from '@/lib/run-state'
import { type Bar, rows, span, ticks } from '../waterfall'

const colours: Record<string, string> = {
  RUNNING: 'bg-bar-run animate-pulse-soft',
  WAITING: 'bg-bar-warn',
  UNKNOWN: 'bg-bar-warn',
  COMPLETED: 'bg-bar-ok',
  FAILED: 'bg-bar-bad',
  CONTINUED: 'bg-bar-warn',
  CANCELLED: 'bg-bar-idle',
}

interface WaterfallProps {
  run: ExecutionDetail
  now: number
  /** Path of the chosen step. */
  selected?: string
  onSelect: (path: string) => void
}

/** The run in time: a row a step, arrow keys move between them. */
export function Waterfall({ run, now, selected, onSelect }: WaterfallProps) {
  const list = useRef<HTMLUListElement>(null)
  const { from, to } = span(run, now)
  const length = to - from

  function onKeyDown(event: KeyboardEvent, index: number) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const next = step === undefined ? undefined : run.steps[index + step]
    if (!next) return
    event.preventDefault()
    onSelect(next.path)
    list.current?.querySelectorAll<HTMLButtonElement>('button')[index + (step ?? 0)]?.focus()
  }

  return (
    <div>
      <div className="flex border-b" aria-hidden>
        <div className="w-2/5 shrink-0 px-4 py-1.5 text-2xs text-ink-3 uppercase tracking-[0.06em]">Step</div>
        <div className="relative mr-16 h-7 flex-1">
          {ticks(length).map((at) => (
            <span
              key={at}
              className="num absolute whitespace-nowrap top-1.5 border-l pl-1 text-2xs text-ink-3 leading-4"
              style={{ left: `${(at / length) * 100}%` }}
            >
              {at === 0 ? '0' : at / length < 0.9 ? formatDuration(at) : ''}
            </span>
          ))}
        </div>
      </div>
      <ul ref={list} aria-label="Steps of the run">
        {rows(run, now).map(({ step, depth, bars, duration }, index) => (
          <li key={step.path} className="border-b last:border-b-0">
            <button
              type="button"
              aria-current={step.path === selected ? 'true' : undefined}
              onClick={() => onSelect(step.path)}
              onKeyDown={(event) => onKeyDown(event, index)}
              className={cn(
                'flex w-full items-center border-transparent border-l-2 py-2 text-left -outline-offset-2 hover:bg-hover/60',
                step.path === selected && 'border-accent bg-hover',
              )}
            >
              <span
                className="flex w-2/5 min-w-0 shrink-0 items-center gap-2 pr-3 pl-3.5"
                style={{ paddingLeft: `${0.875 + depth * 0.875}rem` }}
              >
                <span aria-hidden className={cn('size-2 shrink-0 rounded-full', colours[step.status])} />
                <span className="min-w-0">
                  <span className="block truncate text-sm">{step.name || step.id}</span>
                  <span className="sr-only">
                    <StepStatus status={step.status} />
                  </span>
                </span>
              </span>
              <span className="relative h-4 flex-1" aria-hidden>
                {bars.map((bar) => (
                  <BarView key={bar.label + bar.left} bar={bar} />
                ))}
              </span>
              <span className="num w-16 shrink-0 pr-3 text-right text-ink-3 text-xs">
                {formatDuration(duration)}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}

function BarView({ bar }: { bar: Bar }) {
  return (
    <span
      title={bar.label}
      className={cn(
        'absolute min-w-[3px] rounded-[2px]',
        bar.kind === 'attempt'
          ? cn('inset-y-0.5', colours[stepState(bar.status)] ?? 'bg-bar-idle')
          : 'inset-y-1.75 bg-bar-idle',
      )}
      style={{ left: `${bar.left}%`, width: `${bar.width}%` }}
    />
  )
}
