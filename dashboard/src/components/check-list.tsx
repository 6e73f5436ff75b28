import { Check as CheckIcon, HelpCircle, X } from 'lucide-react'
import type { Check } from '@/lib/api/types'
import { cn } from '@/lib/cn'

const looks = {
  ok: { icon: CheckIcon, className: 'text-ok', word: 'Passed' },
  failed: { icon: X, className: 'text-bad', word: 'Failed' },
  unknown: { icon: HelpCircle, className: 'text-warn', word: 'Unknown' },
}

export function checkState(check: Check): keyof typeof looks {
  if (check.ok === true) return 'ok'
  return check.ok === false ? 'failed' : 'unknown'
}

/** What was checked against the specs. Unknown is shown as unknown, never as fine. */
export function CheckList({ checks, className }: { checks: Check[]; className?: string }) {
  return (
    <ul className={cn('space-y-1', className)}>
      {checks.map((check, index) => {
        const { icon: Icon, className: colour, word } = looks[checkState(check)]
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat in one step; the list never changes
          <li key={index} className="flex gap-2 text-sm">
            <Icon className={cn('mt-0.75 size-3.5 shrink-0', colour)} aria-hidden />
            <span className="min-w-0">
              <span className="sr-only">{word}: </span>
              <span className="font-medium">{check.name}</span>{' '}
              <span className="text-ink-2">{check.detail}</span>
            </span>
          </li>
        )
      })}
    </ul>
  )
}
