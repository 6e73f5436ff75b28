import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'
import { usePageTitle } from '@/lib/use-page-title'

interface PageProps {
  title: string
  /** What stands at the title's place when it is more than text. */
  heading?: ReactNode
  description?: ReactNode
  actions?: ReactNode
  /** A way up, above the title. */
  back?: ReactNode
  /** "wide" takes the whole width; "read" keeps lines short. */
  width?: 'read' | 'normal' | 'wide'
  children: ReactNode
}

const widths = { read: 'max-w-3xl', normal: 'max-w-6xl', wide: 'max-w-none' }

/** Every page's frame: its document title, one h1, its actions. */
export function Page({ title, heading, description, actions, back, width = 'normal', children }: PageProps) {
  usePageTitle(title)
  return (
    <div className={cn('mx-auto w-full px-4 py-5 sm:px-6 lg:px-8 lg:py-7', widths[width])}>
      {back && <div className="mb-2">{back}</div>}
      <header className="mb-5 flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
        <div className="min-w-0 max-w-full">
          <h1 className="font-semibold text-xl tracking-[-0.018em]">{heading ?? title}</h1>
          {description && <div className="mt-1 max-w-prose text-ink-2 text-sm">{description}</div>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  )
}
