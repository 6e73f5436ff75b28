import { KeyRound } from 'lucide-react'
import type { Rehearsal } from '@/lib/api/types'
import { sourceText } from '../rehearsal'

/** Host by host: which data goes there, in which fields, and with what kind of credential. */
export function RehearsalEgress({ destinations }: { destinations: Rehearsal['egress'] }) {
  if (destinations.length === 0) return <p className="px-4 py-3 text-ink-2 text-sm">Nothing leaves.</p>
  return (
    <ul aria-label="Hosts that data goes to" className="divide-y">
      {destinations.map((host) => (
        <li key={host.host} className="grid gap-2 px-4 py-3 text-sm">
          <p className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
            <span className="break-all font-medium font-mono">{host.host}</span>
            <span className="flex items-center gap-1.5 text-ink-2 text-xs">
              <KeyRound className="size-3.5 shrink-0" aria-hidden />
              {host.credential ? `With ${host.credential}` : 'No credential'}
            </span>
          </p>
          {host.data.length === 0 ? (
            <p className="text-ink-3">Requests without data.</p>
          ) : (
            <dl className="grid gap-1">
              {host.data.map((datum) => (
                <div key={`${datum.kind} ${datum.ref}`} className="flex flex-wrap gap-x-2">
                  <dt className="break-words">
                    {sourceText(datum)}
                    {datum.host && datum.host !== host.host && (
                      <span className="text-ink-3"> of {datum.host}</span>
                    )}
                  </dt>
                  <dd className="min-w-0 break-words text-ink-2">
                    <span aria-hidden>→ </span>
                    <code className="font-mono text-xs">{datum.fields.join(', ')}</code>
                  </dd>
                </div>
              ))}
            </dl>
          )}
        </li>
      ))}
    </ul>
  )
}
