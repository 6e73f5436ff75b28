import type { ReactNode } from 'react'

interface ListRowProps {
  title: ReactNode
  detail: ReactNode
  /** What can be done with it, and what else stands at its end. */
  children?: ReactNode
}

/** One thing of a list in a card: what it is, a line on it, and its actions, which wrap below on a small screen. */
export function ListRow({ title, detail, children }: ListRowProps) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2.5">
      <div className="min-w-0 flex-1 basis-48">
        <p className="truncate font-medium text-sm">{title}</p>
        <p className="truncate text-ink-3 text-xs">{detail}</p>
      </div>
      {children}
    </li>
  )
}
