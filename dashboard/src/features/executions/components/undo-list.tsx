import type { ExecutionDetail } from '@/lib/api/types'
import { cn } from '@/lib/cn'

type Undo = NonNullable<ExecutionDetail['undo']>

const words: Record<Undo['steps'][number]['status'], { text: string; className: string }> = {
  UNDONE: { text: 'undone', className: 'text-ok' },
  PENDING: { text: 'not undone yet', className: 'text-ink-2' },
  FAILED: { text: 'not undone: its undo failed', className: 'text-bad' },
  UNKNOWN: { text: 'perhaps undone: no answer came back', className: 'text-warn' },
  SKIPPED: { text: 'left as it is', className: 'text-warn' },
}

/** What a failed run took back, and what it could not, the last step first. */
export function UndoList({ undo }: { undo: Undo }) {
  return (
    <section className="grid gap-1.5" aria-label="What was undone">
      <h3 className="text-ink-3 text-xs">What was undone</h3>
      {undo.steps.length === 0 ? (
        <p className="text-ink-2 text-sm">No step had done anything that can be undone.</p>
      ) : (
        <ul className="divide-y rounded-lg border">
          {undo.steps.map(({ path, status, reason }) => (
            <li key={path} className="px-4 py-2 text-sm">
              <code className="break-all font-mono text-xs">{path}</code>{' '}
              <span className={cn('font-medium', words[status].className)}>{words[status].text}</span>
              {reason && <p className="mt-0.5 break-words text-ink-2 text-xs">{reason}</p>}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
