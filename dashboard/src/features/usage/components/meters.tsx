import { FailureNote } from '@/components/failure'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import type { Usage, UsageItem } from '@/lib/api/types'
import { formatDateTime, formatNumber, formatSize } from '@/lib/format'
import { Days } from './days'

const REFRESH = 30_000
/** From here on admins are told by mail too. */
const NEAR = 0.8

/** What each kind is called, in the order of the answer. */
const LABELS: Record<string, string> = {
  runs: 'Runs today',
  tokens: 'Model tokens today',
  storage: 'Storage',
  connections: 'Connections',
  workflows: 'Workflows',
  triggers: 'Triggers',
  members: 'Members',
  requests: 'Requests a minute',
}

/** What the workspace takes up and may, and how that was over the last month. */
export function UsagePanel() {
  const query = $api.useQuery('get', '/api/usage', {}, { refetchInterval: REFRESH })
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows rows={8} label="Loading the usage" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const usage = query.data.data as Usage
  return (
    <>
      <Meters items={usage.items} />
      <Days days={usage.days} today={usage.renewsAt} />
    </>
  )
}

export function Meters({ items }: { items: UsageItem[] }) {
  return (
    <Card>
      <ul className="divide-y">
        {items.map((item) => (
          <Meter key={item.what} item={item} />
        ))}
      </ul>
    </Card>
  )
}

type Level = 'ok' | 'near' | 'full'

function levelOf({ used, limit }: UsageItem): Level {
  if (used === null || !limit || used < limit * NEAR) return 'ok'
  return used < limit ? 'near' : 'full'
}

const BARS: Record<Level, string> = { ok: 'fill-accent', near: 'fill-bar-warn', full: 'fill-bar-bad' }

function Meter({ item }: { item: UsageItem }) {
  const { what, used, limit, renewsAt } = item
  const label = LABELS[what] ?? what
  const level = levelOf(item)
  const amount = (n: number) => (what === 'storage' ? formatSize(n) : formatNumber(n))
  return (
    <li className="grid gap-1.5 px-4 py-3">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 text-sm">
        <span className="flex items-center gap-2">
          {label}
          {level !== 'ok' && (
            <Badge tone={level === 'full' ? 'bad' : 'warn'}>
              {level === 'near' ? 'nearly used' : renewsAt ? 'used up' : 'full'}
            </Badge>
          )}
        </span>
        <span className="num text-ink-2">
          {used !== null && <span className="font-medium text-ink">{amount(used)}</span>}
          {used !== null && limit !== null && ' of '}
          {limit !== null ? (used === null ? `at most ${amount(limit)}` : amount(limit)) : ' · no limit'}
        </span>
      </div>
      {used !== null && limit !== null && (
        <svg
          role="img"
          aria-label={`${label}: ${amount(used)} of ${amount(limit)} used`}
          className="h-1.5 w-full overflow-hidden rounded-full bg-sunken"
        >
          <rect className={BARS[level]} width={`${Math.min(100, (100 * used) / limit)}%`} height="100%" />
        </svg>
      )}
      {level === 'full' && (
        <p className="text-ink-2 text-xs">
          {renewsAt ? `More from ${formatDateTime(renewsAt)} on.` : ROOM[what]} Whoever runs this APIQ can
          raise the limit.
        </p>
      )}
    </li>
  )
}

/** What makes room for more. */
const ROOM: Record<string, string> = {
  storage: 'New documents and runs are refused. Delete runs or connections that are no longer needed.',
  connections: 'Disconnect one that is no longer used to add another.',
  workflows: 'Delete one that is no longer used to add another.',
  triggers: 'Delete one that is no longer used to add another.',
  members: 'Remove one who is no longer here to add another.',
}
