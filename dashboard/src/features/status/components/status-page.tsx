import { Link } from '@tanstack/react-router'
import { CircleAlert, CircleCheck, CircleX } from 'lucide-react'
import { FailureNote } from '@/components/failure'
import { RunStatus } from '@/components/status'
import { Ago } from '@/components/time'
import { Card } from '@/components/ui/card'
import { Skeleton } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import type { ExecutionStatus, Health, Stats } from '@/lib/api/types'
import { cn } from '@/lib/cn'
import { formatNumber } from '@/lib/format'

const looks = {
  ok: { icon: CircleCheck, words: 'All is well', className: 'text-ok' },
  degraded: { icon: CircleAlert, words: 'Working, with faults', className: 'text-warn' },
  down: { icon: CircleX, words: 'Out of service', className: 'text-bad' },
}

const REFRESH = 15_000

export function HealthPanel() {
  const query = $api.useQuery('get', '/api/health', {}, { refetchInterval: REFRESH, staleTime: 0 })
  if (query.isPending) return <Skeleton className="h-40" />
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const { data: health } = query.data as { data: Health }
  const { icon: Icon, words, className } = looks[health.status]
  return (
    <Card>
      <div className="flex items-center gap-3 px-4 py-4">
        <Icon className={cn('size-6', className)} aria-hidden />
        <div>
          <p className="font-semibold text-md">{words}</p>
          <p className="text-ink-3 text-xs">Version {health.version}</p>
        </div>
      </div>
      <ul className="grid border-t sm:grid-cols-2">
        {Object.entries(health.checks).map(([name, state]) => (
          <li
            key={name}
            className="flex items-center gap-2 border-b px-4 py-2 text-sm last:border-b-0 sm:odd:border-r"
          >
            <span
              aria-hidden
              className={cn('size-2 rounded-full', state === 'ok' ? 'bg-bar-ok' : 'bg-bar-warn')}
            />
            <span className="flex-1">{name}</span>
            <span className={state === 'ok' ? 'text-ink-3' : 'text-warn'}>{state}</span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

const STATUSES: ExecutionStatus[] = ['COMPLETED', 'RUNNING', 'WAITING', 'PENDING', 'FAILED', 'CANCELLED']

export function StatsPanel() {
  const query = $api.useQuery('get', '/api/stats', {}, { refetchInterval: REFRESH })
  if (query.isPending) return <Skeleton className="h-48" />
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const stats = query.data.data as Stats
  const rate = stats.successRate
  return (
    <div className="grid gap-4">
      <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4">
        <Figure label="Connections" value={formatNumber(stats.connections)} />
        <Figure label="Operations" value={formatNumber(stats.operations)} />
        <Figure label="Workflows" value={formatNumber(stats.workflows)} />
        <Figure label="Members" value={formatNumber(stats.members)} />
      </dl>
      <Card>
        <div className="flex flex-wrap items-baseline justify-between gap-2 border-b px-4 py-3">
          <h2 className="font-medium text-sm">Runs</h2>
          <p className="text-ink-3 text-xs">
            since <Ago at={stats.since} />
            {rate !== null && rate !== undefined && (
              <span className="num"> · {Math.round(rate * 100)} % completed</span>
            )}
          </p>
        </div>
        <ul className="grid grid-cols-2 sm:grid-cols-3">
          {STATUSES.map((status) => (
            <li key={status} className="flex items-center justify-between gap-2 px-4 py-2.5">
              <Link
                to="/runs"
                search={{ status }}
                className="rounded-sm hover:opacity-80"
                aria-label={`Runs with status ${status.toLowerCase()}`}
              >
                <RunStatus status={status} />
              </Link>
              <span className="num font-medium">{formatNumber(stats.executions[status] ?? 0)}</span>
            </li>
          ))}
        </ul>
      </Card>
    </div>
  )
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div className="flex flex-col-reverse rounded-lg border bg-surface px-4 py-3 shadow-card">
      <dt className="text-ink-3 text-xs">{label}</dt>
      <dd className="num font-semibold text-xl tracking-[-0.02em]">{value}</dd>
    </div>
  )
}
