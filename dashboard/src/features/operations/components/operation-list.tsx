import { useVirtualizer } from '@tanstack/react-virtual'
import { SearchX } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef } from 'react'
import { EmptyState } from '@/components/empty-state'
import { FailureNote } from '@/components/failure'
import { Method } from '@/components/method'
import { SkeletonRows } from '@/components/ui/skeleton'
import { cn } from '@/lib/cn'
import { useOperations } from '../api/queries'

const ROW = 52
/** Rows from the end at which the next page is asked for. */
const AHEAD = 20

interface OperationListProps {
  connection: string
  q: string
  selected?: string
  onSelect: (operation: string) => void
}

/** Thousands of operations, of which only those in view are drawn. Arrow keys move, Enter opens. */
export function OperationList({ connection, q, selected, onSelect }: OperationListProps) {
  const query = useOperations(connection, q)
  const scroller = useRef<HTMLDivElement>(null)
  const rows = query.data?.pages.flatMap(({ data }) => data) ?? []
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 8,
  })
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query

  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && last >= rows.length - AHEAD) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, last, rows.length])

  // biome-ignore lint/correctness/useExhaustiveDependencies: another search starts at its best match
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 })
  }, [q])

  function onKeyDown(event: KeyboardEvent<HTMLButtonElement>, index: number) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (!step) return
    event.preventDefault()
    const next = Math.min(rows.length - 1, Math.max(0, index + step))
    virtual.scrollToIndex(next)
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLButtonElement>(`[data-index="${next}"]`)?.focus(),
    )
  }

  if (query.isPending) return <SkeletonRows rows={9} label="Loading operations" />
  if (query.isError)
    return <FailureNote error={query.error} onRetry={() => query.refetch()} className="m-3" />
  if (rows.length === 0) {
    return (
      <EmptyState icon={SearchX} title="No operation matches">
        Try other words: paths, names and descriptions are searched.
      </EmptyState>
    )
  }
  return (
    <div
      ref={scroller}
      className="scroll-thin min-h-0 flex-1 overflow-y-auto"
      aria-busy={query.isPlaceholderData}
    >
      <ul aria-label="Operations" className="relative" style={{ height: virtual.getTotalSize() }}>
        {items.map(({ index, start, size }) => {
          const row = rows[index]
          if (!row) return null
          return (
            <li
              key={row.id}
              className="absolute inset-x-0 top-0"
              style={{ height: size, transform: `translateY(${start}px)` }}
            >
              <button
                type="button"
                data-index={index}
                aria-current={row.id === selected ? 'true' : undefined}
                onKeyDown={(event) => onKeyDown(event, index)}
                onClick={() => onSelect(row.id)}
                className={cn(
                  'flex h-full w-full items-start gap-1 border-transparent border-l-2 px-3 py-2 text-left -outline-offset-2 hover:bg-hover/70',
                  row.id === selected && 'border-accent bg-hover',
                )}
              >
                <Method method={row.method} className="mt-px" />
                <span className="min-w-0 flex-1">
                  <span className={cn('block truncate text-sm leading-5', row.deprecated && 'line-through')}>
                    {row.summary || row.id}
                  </span>
                  <span className="block truncate font-mono text-2xs text-ink-3">{row.path}</span>
                </span>
              </button>
            </li>
          )
        })}
      </ul>
    </div>
  )
}
