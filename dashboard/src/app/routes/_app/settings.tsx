import { createFileRoute, Link, Outlet, useLocation } from '@tanstack/react-router'
import { ChevronDown } from 'lucide-react'
import { useState } from 'react'
import { Page } from '@/components/page'
import { cn } from '@/lib/cn'
import { roleCan, useMe } from '@/lib/session'
import { SETTINGS } from '../../shell/settings-nav'

export const Route = createFileRoute('/_app/settings')({ component: SettingsLayout })

function SettingsLayout() {
  const path = useLocation({ select: ({ pathname }) => pathname.replace(/(.)\/$/, '$1') })
  const here = SETTINGS.flatMap(({ pages }) => pages).find(({ to }) => to === path)
  return (
    <Page title={here ? `${here.label} · Settings` : 'Settings'} heading="Settings">
      <div className="gap-10 md:grid md:grid-cols-[10.5rem_minmax(0,1fr)] md:items-start">
        <SettingsNav here={here?.label ?? 'Pages'} />
        <div className="grid min-w-0 max-w-3xl gap-9">
          <Outlet />
        </div>
      </div>
    </Page>
  )
}

/** The pages in their groups: at the side, or behind a button with the page's name on small screens. */
function SettingsNav({ here }: { here: string }) {
  const { role } = useMe().user
  const [open, setOpen] = useState(false)
  return (
    <nav aria-label="Settings" className="max-md:mb-6 md:sticky md:top-7">
      <button
        type="button"
        aria-expanded={open}
        aria-controls="settings-pages"
        onClick={() => setOpen(!open)}
        className="flex h-10 w-full items-center justify-between rounded-md border border-line-strong bg-surface px-3 font-medium text-sm hover:border-ink-3 md:hidden"
      >
        {here}
        <ChevronDown className={cn('size-4 text-ink-3', open && 'rotate-180')} aria-hidden />
      </button>
      <div id="settings-pages" className={cn('grid gap-4 max-md:pt-3', !open && 'max-md:hidden')}>
        {SETTINGS.map(({ heading, pages }) => {
          const shown = pages.filter(({ needs }) => !needs || roleCan(role, needs))
          if (shown.length === 0) return null
          return (
            <div key={heading}>
              <p className="px-2 pb-1 font-medium text-2xs text-ink-3 uppercase tracking-[0.06em]">
                {heading}
              </p>
              <ul className="space-y-px max-md:grid max-md:grid-cols-2">
                {shown.map(({ to, label }) => (
                  <li key={to}>
                    <Link
                      to={to}
                      activeOptions={{ exact: true, includeSearch: false }}
                      onClick={() => setOpen(false)}
                      className="flex h-8 items-center rounded-md px-2 text-ink-2 text-sm hover:bg-hover hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium aria-[current=page]:text-accent max-md:h-10"
                    >
                      {label}
                    </Link>
                  </li>
                ))}
              </ul>
            </div>
          )
        })}
      </div>
    </nav>
  )
}
