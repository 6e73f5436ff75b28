import type { Connection } from '@/lib/api/types'
import { cn } from '@/lib/cn'

const stages: Record<string, string> = {
  fetching: 'Fetching the document',
  parsing: 'Reading its operations',
  storing: 'Storing the index',
}

/** How far a background import is. */
export function ImportProgress({ connection, className }: { connection: Connection; className?: string }) {
  const percent = connection.import?.percent ?? 0
  const stage = connection.import?.stage ?? ''
  const label = stages[stage] ?? 'Importing'
  return (
    <div className={cn('grid gap-1', className)}>
      <div className="flex justify-between text-ink-2 text-xs" aria-live="polite">
        <span>{label}…</span>
        <span className="num">{percent} %</span>
      </div>
      <progress
        max={100}
        value={percent}
        aria-label={`Import of ${connection.name}`}
        className="h-1 w-full appearance-none overflow-hidden rounded-full bg-hover [&::-moz-progress-bar]:bg-accent-fill [&::-webkit-progress-bar]:bg-hover [&::-webkit-progress-value]:bg-accent-fill [&::-webkit-progress-value]:transition-[width]"
      />
    </div>
  )
}
