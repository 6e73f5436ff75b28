import { CircleCheck, CircleX } from 'lucide-react'
import type { TestResult as Result } from '@/lib/api/types'
import { formatDuration } from '@/lib/format'

/** What one safe call with the stored credential brought. */
export function TestResult({ result }: { result: Result }) {
  const Icon = result.ok ? CircleCheck : CircleX
  return (
    <div
      role="status"
      className={`flex gap-3 rounded-lg border px-4 py-3 ${result.ok ? 'border-ok/30 bg-ok-soft' : 'border-bad/30 bg-bad-soft'}`}
    >
      <Icon className={`mt-0.5 size-4 shrink-0 ${result.ok ? 'text-ok' : 'text-bad'}`} aria-hidden />
      <div className="min-w-0 text-sm">
        <p className={`font-medium ${result.ok ? 'text-ok' : 'text-bad'}`}>
          {result.ok ? 'The API answers' : 'The test failed'}
        </p>
        <p className="text-ink">{result.detail}</p>
        <p className="num mt-0.5 text-ink-2 text-xs">
          {result.status ? `HTTP ${result.status} · ` : ''}
          {formatDuration(result.latencyMs)}
        </p>
      </div>
    </div>
  )
}
