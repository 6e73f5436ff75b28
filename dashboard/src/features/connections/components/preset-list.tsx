import { type KeyboardEvent, useState } from 'react'
import { FailureNote } from '@/components/failure'
import { SearchInput } from '@/components/search-input'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import type { Preset } from '@/lib/api/types'
import { cn } from '@/lib/cn'
import { AUTH_LABELS, type AuthKind } from '../auth'

interface PresetListProps {
  onChoose: (preset: Preset) => void
  /** Bounds its height where it is a part of a page. */
  className?: string
}

/** The known APIs, searched by name and category. Arrow keys go from the search through the list. */
export function PresetList({ onChoose, className }: PresetListProps) {
  const [words, setWords] = useState('')
  const query = $api.useQuery(
    'get',
    '/api/presets',
    { params: { query: { q: words } } },
    { placeholderData: (before) => before },
  )

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (!step) return
    const stops = [...event.currentTarget.querySelectorAll<HTMLElement>('input, li button')]
    event.preventDefault()
    stops[stops.indexOf(document.activeElement as HTMLElement) + step]?.focus()
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys are an extra; Tab goes the same way
    <div className="grid gap-3" onKeyDown={onKeyDown}>
      <SearchInput label="Search known APIs" value={words} onChange={setWords} />
      {query.isPending ? (
        <SkeletonRows label="Loading known APIs" />
      ) : query.isError ? (
        <FailureNote error={query.error} onRetry={() => query.refetch()} />
      ) : query.data.data.length === 0 ? (
        <p role="status" className="text-ink-2 text-sm">
          None by that name. Any API can be connected by its document.
        </p>
      ) : (
        <ul
          aria-label="Known APIs"
          className={cn('scroll-thin divide-y overflow-y-auto rounded-md border', className)}
        >
          {query.data.data.map((preset) => (
            <li key={preset.id}>
              <button
                type="button"
                onClick={() => onChoose(preset)}
                className="flex w-full flex-wrap items-baseline gap-x-3 px-3 py-2 text-left -outline-offset-2 hover:bg-hover"
              >
                <span className="font-medium text-sm">{preset.name}</span>
                <span className="text-ink-3 text-xs">{preset.category}</span>
                <span className="ml-auto text-ink-3 text-xs">
                  {AUTH_LABELS[preset.authType as AuthKind] ?? preset.authType}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
