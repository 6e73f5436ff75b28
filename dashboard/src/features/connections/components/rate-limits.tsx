import { Ago } from '@/components/time'
import type { Limits } from '@/lib/api/types'
import { formatDateTime, formatNumber } from '@/lib/format'

/** What the API last said of its rate limits: what is left of each quota, and whether it wants to be left alone. */
export function RateLimits({ limits, now = Date.now() }: { limits: Limits; now?: number }) {
  const blocked = limits.blockedUntil && new Date(limits.blockedUntil).getTime() > now
  return (
    <>
      {blocked && (
        <p className="text-warn">
          It asked to be left alone until {formatDateTime(limits.blockedUntil as string)}; calls wait.
        </p>
      )}
      {limits.quotas.length > 0 && (
        <ul className="space-y-0.5">
          {limits.quotas.map((quota) => (
            <li key={`${quota.scope} ${quota.name} ${quota.limit}`}>
              <span className="num">{left(quota)}</span>
              {quotaName(quota) && <span className="text-ink-3"> · {quotaName(quota)}</span>}
              {quota.resetAt && (
                <span className="text-ink-3"> · full again {formatDateTime(quota.resetAt)}</span>
              )}
            </li>
          ))}
        </ul>
      )}
      <p className="text-ink-3 text-xs">
        told <Ago at={limits.at} />
      </p>
    </>
  )
}

type Quota = Limits['quotas'][number]

function left({ remaining, limit, unit }: Quota): string {
  const of = limit ? ` of ${formatNumber(limit)}` : ''
  return `${formatNumber(remaining)}${of} ${unit ?? 'requests'} left`
}

/** The API's own names for a quota, where they say more than its unit. */
function quotaName({ scope, name, unit }: Quota): string {
  return [scope, name === 'requests' || name === unit ? '' : name].filter(Boolean).join(', ')
}
