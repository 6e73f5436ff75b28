import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { cn } from '@/lib/cn'

interface SplitProps {
  label: string
  start: ReactNode
  end: ReactNode
  /** Remembers the share under this key. */
  storageKey: string
  className?: string
}

const MIN = 28
const MAX = 72

function stored(key: string): number {
  try {
    const value = Number(localStorage.getItem(key))
    return value >= MIN && value <= MAX ? value : 54
  } catch {
    return 54
  }
}

/** Two panels with a bar between that pointer and arrow keys move; below `lg` they stand one above the other. */
export function Split({ label, start, end, storageKey, className }: SplitProps) {
  const frame = useRef<HTMLDivElement>(null)
  const [share, setShare] = useState(() => stored(storageKey))

  useEffect(() => {
    frame.current?.style.setProperty('--share', `${share}%`)
    try {
      localStorage.setItem(storageKey, String(share))
    } catch {
      // Storage may be blocked: the share then lasts for this page only.
    }
  }, [share, storageKey])

  const clamp = (value: number) => Math.min(MAX, Math.max(MIN, value))

  function onPointerMove(event: PointerEvent<HTMLDivElement>) {
    const box = frame.current?.getBoundingClientRect()
    if (!box || !event.currentTarget.hasPointerCapture(event.pointerId)) return
    setShare(clamp(((event.clientX - box.left) / box.width) * 100))
  }

  function onKeyDown(event: KeyboardEvent) {
    const step = { ArrowLeft: -2, ArrowRight: 2 }[event.key]
    if (!step) return
    event.preventDefault()
    setShare((value) => clamp(value + step))
  }

  return (
    <div ref={frame} className={cn('flex min-h-0 flex-col lg:flex-row', className)}>
      <div className="min-w-0 lg:w-(--share) lg:shrink-0">{start}</div>
      {/* biome-ignore lint/a11y/useSemanticElements: a movable separator has no element of its own */}
      <div
        role="separator"
        aria-label={label}
        aria-orientation="vertical"
        aria-valuenow={Math.round(share)}
        aria-valuemin={MIN}
        aria-valuemax={MAX}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={onPointerMove}
        className="relative hidden w-px shrink-0 cursor-col-resize touch-none bg-line before:absolute before:inset-y-0 before:-left-1.5 before:w-3 hover:bg-accent lg:block"
      />
      <div className="min-w-0 flex-1 border-t lg:border-t-0">{end}</div>
    </div>
  )
}
