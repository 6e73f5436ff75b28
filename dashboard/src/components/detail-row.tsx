import type { ReactNode } from 'react'

interface DetailRowProps {
  label: string
  action?: ReactNode
  children: ReactNode
}

/** A line of a description list in a card, with what can be done about it at its end. */
export function DetailRow({ label, action, children }: DetailRowProps) {
  return (
    <div className="grid grid-cols-[6rem_1fr_auto] items-center gap-3 px-4 py-2.5 sm:grid-cols-[8rem_1fr_auto]">
      <dt className="text-ink-3">{label}</dt>
      <dd className="flex wrap-anywhere min-w-0 flex-wrap items-center gap-2">{children}</dd>
      {action && <dd>{action}</dd>}
    </div>
  )
}
