import { type ReactNode, useState } from 'react'
import { cn } from '@/lib/cn'
import { CopyButton } from './ui/copy-button'

type Json = unknown

/** Elements shown of one list or object before "show more"; an answer may hold thousands. */
const PAGE = 100

function isBranch(value: Json): value is object {
  return typeof value === 'object' && value !== null
}

function Leaf({ value }: { value: Json }) {
  if (value === null || value === undefined) return <span className="text-ink-3">null</span>
  if (typeof value === 'string')
    return <span className="whitespace-pre-wrap break-all text-ok">{JSON.stringify(value)}</span>
  if (typeof value === 'boolean') return <span className="text-warn">{String(value)}</span>
  return <span className="text-accent">{String(value)}</span>
}

function Row({ label, children }: { label?: ReactNode; children: ReactNode }) {
  return (
    <div className="flex min-w-0 pl-4">
      {label !== undefined && <span className="shrink-0 text-ink-2">{label}:&nbsp;</span>}
      <span className="min-w-0">{children}</span>
    </div>
  )
}

function Branch({ name, value, depth }: { name?: string; value: object; depth: number }) {
  const entries = Object.entries(value)
  const list = Array.isArray(value)
  const [open, setOpen] = useState(depth < 2 && entries.length <= 50)
  const [shown, setShown] = useState(PAGE)
  const [start, end] = list ? ['[', ']'] : ['{', '}']
  if (entries.length === 0) {
    return (
      <Row label={name}>
        <span className="text-ink-3">{start + end}</span>
      </Row>
    )
  }
  return (
    <div>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex max-w-full items-baseline rounded-sm text-left hover:bg-hover"
      >
        <span
          aria-hidden
          className={cn(
            'w-4 shrink-0 text-center text-2xs text-ink-3 transition-transform',
            open && 'rotate-90',
          )}
        >
          ▶
        </span>
        {name !== undefined && <span className="text-ink-2">{name}:&nbsp;</span>}
        <span className="text-ink-3">{open ? start : `${start} ${entries.length} ${end}`}</span>
      </button>
      {open && (
        <div className="ml-1.75 border-l pl-1">
          {entries.slice(0, shown).map(([key, child]) => (
            <Node key={key} name={list ? undefined : key} value={child} depth={depth + 1} />
          ))}
          {entries.length > shown && (
            <button
              type="button"
              className="ml-4 text-accent underline"
              onClick={() => setShown(shown + PAGE)}
            >
              show {Math.min(PAGE, entries.length - shown)} more of {entries.length - shown}
            </button>
          )}
        </div>
      )}
      {open && <div className="pl-4 text-ink-3">{end}</div>}
    </div>
  )
}

function Node({ name, value, depth }: { name?: string; value: Json; depth: number }) {
  if (isBranch(value)) return <Branch name={name} value={value} depth={depth} />
  return (
    <Row label={name}>
      <Leaf value={value} />
    </Row>
  )
}

/** JSON to read: folded, copied, never evaluated. */
export function JsonView({ value, label, className }: { value: Json; label: string; className?: string }) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2)
  return (
    <section
      aria-label={label}
      className={cn('relative rounded-md border bg-sunken font-mono text-xs leading-5', className)}
    >
      <div className="absolute top-1 right-1">
        <CopyButton text={text ?? 'null'} label={`Copy ${label}`} />
      </div>
      <div
        className="scroll-thin max-h-96 overflow-auto py-2.5 pr-10 pl-1"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
      >
        <Node value={value} depth={0} />
      </div>
    </section>
  )
}
