import { JsonView } from '@/components/json-view'
import { Badge } from '@/components/ui/badge'
import type { TryResult } from '@/lib/api/types'
import { formatDuration } from '@/lib/format'

/** What the API answered, and whether that is what its document promises. */
export function TryResponse({ result }: { result: TryResult }) {
  const good = result.status < 400
  const validity = {
    true: ['ok', 'Fits the document'],
    false: ['bad', 'Differs from the document'],
    null: ['neutral', 'Not described'],
  } as const
  const [tone, words] = validity[`${result.valid ?? null}` as keyof typeof validity]
  return (
    <section aria-label="Response" aria-live="polite" className="grid gap-3 border-t pt-4">
      <p className="flex flex-wrap items-center gap-2">
        <Badge tone={good ? 'ok' : 'bad'}>HTTP {result.status}</Badge>
        <Badge tone={tone}>{words}</Badge>
        <span className="num text-ink-3 text-xs">{formatDuration(result.latencyMs)}</span>
        {result.cut && <Badge tone="warn">Cut for display</Badge>}
      </p>
      {result.problems.length > 0 && (
        <ul className="space-y-1 rounded-md bg-warn-soft px-3 py-2 text-sm">
          {result.problems.map((problem) => (
            <li key={problem.path + problem.message}>
              <code className="break-all font-mono text-xs">{problem.path}</code> {problem.message}
            </li>
          ))}
        </ul>
      )}
      <JsonView value={result.body} label="response body" />
      <details>
        <summary className="text-ink-2 text-sm">Headers ({Object.keys(result.headers).length})</summary>
        <dl className="mt-2 grid gap-x-4 gap-y-1 font-mono text-xs sm:grid-cols-[14rem_1fr]">
          {Object.entries(result.headers).map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="break-all text-ink-3">{name}</dt>
              <dd className="break-all">{value}</dd>
            </div>
          ))}
        </dl>
      </details>
    </section>
  )
}
