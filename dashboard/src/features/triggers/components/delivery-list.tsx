import { Link } from '@tanstack/react-router'
import { FailureNote } from '@/components/failure'
import { LoadMore } from '@/components/load-more'
import { Ago } from '@/components/time'
import { Badge, type Tone } from '@/components/ui/badge'
import { SkeletonRows } from '@/components/ui/skeleton'
import type { Trigger, TriggerDelivery } from '@/lib/api/types'
import { useDeliveries } from '../api/queries'

const TONES: Record<TriggerDelivery['status'], Tone> = {
  received: 'accent',
  started: 'ok',
  refused: 'bad',
  skipped: 'neutral',
}

/** What reached a trigger, newest first, and what came of it. */
export function DeliveryList({ trigger }: { trigger: Trigger }) {
  const query = useDeliveries(trigger.workflowId, trigger.id)
  if (query.isPending) return <SkeletonRows rows={2} label="Loading deliveries" />
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const all = query.data.pages.flatMap(({ data }) => data)
  if (all.length === 0)
    return <p className="rounded-md bg-sunken px-3 py-2 text-ink-2 text-sm">Nothing has reached it yet.</p>
  return (
    <div className="rounded-md bg-sunken px-3 py-1.5">
      <ul className="divide-y" aria-label="Deliveries">
        {all.map((delivery) => (
          <li key={delivery.id} className="py-1.5">
            <DeliveryLine delivery={delivery} />
          </li>
        ))}
      </ul>
      <LoadMore {...query} />
    </div>
  )
}

type Line = Pick<TriggerDelivery, 'at' | 'status' | 'executionId' | 'detail'>

export function DeliveryLine({ delivery: { at, status, executionId, detail } }: { delivery: Line }) {
  return (
    <p className="flex flex-wrap items-baseline gap-x-2 text-ink-3 text-xs">
      <Badge tone={TONES[status]}>{status}</Badge>
      <Ago at={at} />
      {executionId && (
        <Link to="/runs/$id" params={{ id: executionId }} className="text-accent hover:underline">
          Run
        </Link>
      )}
      {detail && <span className="min-w-0 text-ink-2">{detail}</span>}
    </p>
  )
}
