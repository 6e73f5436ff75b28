import { type KeyboardEvent, type ReactNode, useId, useRef } from 'react'
import { cn } from '@/lib/cn'

interface TabsProps<T extends string> {
  label: string
  value: T
  onChange: (value: T) => void
  items: { value: T; label: ReactNode; count?: number }[]
  children: ReactNode
  className?: string
  panelClassName?: string
}

/** Tabs whose choice lives with the caller, which keeps it in the URL. Arrow keys move, as WAI-ARIA describes. */
export function Tabs<T extends string>({
  label,
  value,
  onChange,
  items,
  children,
  className,
  panelClassName,
}: TabsProps<T>) {
  const id = useId()
  const list = useRef<HTMLDivElement>(null)

  function onKeyDown(event: KeyboardEvent) {
    const index = items.findIndex((item) => item.value === value)
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    const next = step ? items[(index + step + items.length) % items.length] : undefined
    if (!next) return
    event.preventDefault()
    onChange(next.value)
    list.current?.querySelector<HTMLButtonElement>(`[data-tab="${next.value}"]`)?.focus()
  }

  return (
    <>
      <div
        ref={list}
        role="tablist"
        aria-label={label}
        className={cn('scroll-thin flex gap-5 overflow-x-auto border-b', className)}
      >
        {items.map((item) => {
          const selected = item.value === value
          return (
            <button
              key={item.value}
              type="button"
              role="tab"
              id={`${id}-${item.value}`}
              data-tab={item.value}
              aria-selected={selected}
              aria-controls={`${id}-panel`}
              tabIndex={selected ? 0 : -1}
              onKeyDown={onKeyDown}
              onClick={() => onChange(item.value)}
              className={cn(
                '-mb-px whitespace-nowrap border-transparent border-b-2 py-2 text-ink-2 text-sm -outline-offset-2 hover:text-ink',
                selected && 'border-accent font-medium text-ink',
              )}
            >
              {item.label}
              {item.count !== undefined && (
                <span className="num ml-1.5 text-ink-3 text-xs">{item.count}</span>
              )}
            </button>
          )
        })}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${value}`} className={panelClassName}>
        {children}
      </div>
    </>
  )
}
