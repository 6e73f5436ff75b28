import { ChartColumn } from 'lucide-react'
import { useState } from 'react'
import { EmptyState } from '@/components/empty-state'
import { Card } from '@/components/ui/card'
import type { UsageDay } from '@/lib/api/types'
import { cn } from '@/lib/cn'
import { formatNumber } from '@/lib/format'

const SHOWN = 31
const DAY = 86_400_000
const HEIGHT = 96
const STEP = 20
const BAR = 14

type Series = 'runs' | 'tokens'
const NAMES: Record<Series, string> = { runs: 'Runs', tokens: 'Model tokens' }

/** Every day of the last month, the oldest first, also those that nothing was counted on. `renewsAt` is when today ends. */
export function lastDays(days: UsageDay[], renewsAt: string): UsageDay[] {
  const known = new Map(days.map((day) => [day.day, day]))
  const end = Date.parse(renewsAt)
  return Array.from({ length: SHOWN }, (_, i) => {
    const day = new Date(end - (SHOWN - i) * DAY).toISOString().slice(0, 10)
    return known.get(day) ?? { day, runs: 0, tokens: 0 }
  })
}

/** Runs or tokens of each day of the last month. */
export function Days({ days, today }: { days: UsageDay[]; today: string }) {
  const [series, setSeries] = useState<Series>('runs')
  const all = lastDays(days, today)
  const most = Math.max(...all.map((day) => day[series]))
  const sum = all.reduce((total, day) => total + day[series], 0)
  return (
    <Card>
      <div className="flex flex-wrap items-center justify-between gap-2 border-b px-4 py-2.5">
        <h2 className="font-medium text-sm">Last {SHOWN} days</h2>
        <fieldset className="flex gap-1">
          <legend className="sr-only">What is shown</legend>
          {(Object.keys(NAMES) as Series[]).map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={series === name}
              onClick={() => setSeries(name)}
              className={cn(
                'h-7 rounded-md px-2 text-ink-2 text-xs hover:bg-hover hover:text-ink max-md:h-10',
                series === name && 'bg-accent-soft font-medium text-accent',
              )}
            >
              {NAMES[name]}
            </button>
          ))}
        </fieldset>
      </div>
      {sum === 0 ? (
        <EmptyState icon={ChartColumn} title={`No ${NAMES[series].toLowerCase()} yet`}>
          {series === 'runs'
            ? 'Each day with a run gets a bar here.'
            : 'They are counted when a planning model is set up and asked for a plan.'}
        </EmptyState>
      ) : (
        <figure className="px-4 pt-4 pb-3">
          <svg
            role="img"
            aria-label={`${NAMES[series]} of the last ${SHOWN} days: ${formatNumber(sum)} together, at most ${formatNumber(most)} a day`}
            viewBox={`0 0 ${SHOWN * STEP} ${HEIGHT}`}
            preserveAspectRatio="none"
            className="h-24 w-full"
          >
            {all.map((day, i) => {
              const height = Math.max(1, (HEIGHT * day[series]) / most)
              return (
                <rect
                  key={day.day}
                  x={i * STEP + (STEP - BAR) / 2}
                  y={HEIGHT - height}
                  width={BAR}
                  height={height}
                  className={day[series] > 0 ? 'fill-accent' : 'fill-line-strong'}
                >
                  <title>{`${day.day}: ${formatNumber(day[series])}`}</title>
                </rect>
              )
            })}
          </svg>
          <figcaption className="num mt-2 flex flex-wrap justify-between gap-x-4 text-ink-3 text-xs">
            <span>{all[0]?.day}</span>
            <span className="max-sm:order-last max-sm:w-full">
              {formatNumber(sum)} together · at most {formatNumber(most)} a day
            </span>
            <span>today (UTC)</span>
          </figcaption>
        </figure>
      )}
    </Card>
  )
}
