import { cn } from '@/lib/cn'

const tones = [
  'bg-accent-soft text-accent',
  'bg-ok-soft text-ok',
  'bg-warn-soft text-warn',
  'bg-bad-soft text-bad',
  'bg-hover text-ink-2',
]

/** Two letters on a tint that stays the same for a name. */
export function ApiMark({ name, className }: { name: string; className?: string }) {
  const letters = name.replace(/[^\p{L}\p{N} ]/gu, '').trim()
  const [first = '?', second = ''] = letters.split(/\s+/)
  const text = second ? first.charAt(0) + second.charAt(0) : first.slice(0, 2)
  const hash = [...name].reduce((sum, char) => (sum * 31 + (char.codePointAt(0) ?? 0)) % 9973, 7)
  return (
    <span
      aria-hidden
      className={cn(
        'grid size-9 shrink-0 place-items-center rounded-md font-medium font-mono text-xs uppercase',
        tones[hash % tones.length],
        className,
      )}
    >
      {text}
    </span>
  )
}
