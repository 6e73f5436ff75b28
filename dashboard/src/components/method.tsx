import { cn } from '@/lib/cn'

const colours: Record<string, string> = {
  GET: 'text-accent',
  HEAD: 'text-accent',
  OPTIONS: 'text-accent',
  POST: 'text-ok',
  PUT: 'text-warn',
  PATCH: 'text-warn',
  DELETE: 'text-bad',
}

/** An HTTP method, always the same width so that paths line up. */
export function Method({ method, className }: { method: string; className?: string }) {
  const upper = method.toUpperCase()
  return (
    <span
      className={cn(
        'inline-block w-14 shrink-0 font-medium font-mono text-xs',
        colours[upper] ?? 'text-ink-2',
        className,
      )}
    >
      {upper}
    </span>
  )
}
