import { CircleAlert, RotateCw } from 'lucide-react'
import { toFailure } from '@/lib/api/problem'
import { cn } from '@/lib/cn'
import { Button } from './ui/button'
import { CopyButton } from './ui/copy-button'

interface FailureProps {
  error: unknown
  /** Asks again; the button shows only when given. */
  onRetry?: () => void
  className?: string
}

/** A failure in place: what happened, what to do, what to quote. */
export function FailureNote({ error, onRetry, className }: FailureProps) {
  const failure = toFailure(error)
  return (
    <div
      role="alert"
      className={cn('flex gap-3 rounded-lg border border-bad/30 bg-bad-soft px-4 py-3', className)}
    >
      <CircleAlert className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden />
      <div className="min-w-0 flex-1 text-sm">
        <p className="font-medium text-bad">{failure.detail || failure.title}</p>
        <p className="mt-0.5 text-ink">{failure.advice}</p>
        {failure.fields.length > 0 && (
          <ul className="mt-1.5 list-disc space-y-0.5 pl-4">
            {failure.fields.map(({ path, message }) => (
              <li key={path + message}>
                <code className="font-mono text-xs">{path}</code> {message}
              </li>
            ))}
          </ul>
        )}
        {failure.requestId && (
          <p className="mt-1 flex flex-wrap items-center gap-1 text-ink-2 text-xs">
            {failure.code} · request <code className="font-mono">{failure.requestId}</code>
            <CopyButton text={failure.requestId} label="Copy request id" />
          </p>
        )}
      </div>
      {onRetry && (
        <Button size="sm" onClick={onRetry}>
          <RotateCw aria-hidden />
          Try again
        </Button>
      )}
    </div>
  )
}
