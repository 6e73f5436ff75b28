import { Link } from '@tanstack/react-router'
import { Search } from 'lucide-react'
import { Logo } from '@/components/logo'
import { Badge } from '@/components/ui/badge'
import { Kbd } from '@/components/ui/kbd'
import { useWaitingCount } from '@/features/executions/api/queries'
import { roleCan, useMe } from '@/lib/session'
import { AccountMenu } from './account-menu'
import { NAV } from './nav'
import { WorkspaceSwitcher } from './workspace-switcher'

interface SidebarProps {
  onSearch: () => void
  onNewWorkspace: () => void
  onNavigate?: () => void
}

export function Sidebar({ onSearch, onNewWorkspace, onNavigate }: SidebarProps) {
  const { role } = useMe().user
  const waiting = useWaitingCount(roleCan(role, 'change'))
  return (
    <div className="flex h-full flex-col">
      <div className="px-4 pt-4 pb-3">
        <Link to="/" onClick={onNavigate} aria-label="APIQ, home" className="inline-block rounded-sm">
          <Logo />
        </Link>
        <WorkspaceSwitcher onNew={onNewWorkspace} onNavigate={onNavigate} />
      </div>
      <div className="px-3 pb-3">
        <button
          type="button"
          onClick={onSearch}
          className="flex h-8 w-full items-center gap-2 rounded-md border bg-surface px-2 text-ink-3 text-sm hover:border-line-strong hover:text-ink-2"
        >
          <Search className="size-3.5" aria-hidden />
          Search
          <span className="ml-auto hidden lg:block" aria-hidden>
            <Kbd>⌘K</Kbd>
          </span>
        </button>
      </div>
      <nav aria-label="Main" className="scroll-thin flex-1 overflow-y-auto px-3">
        {NAV.map(({ heading, items }) => {
          const shown = items.filter(({ needs }) => !needs || roleCan(role, needs))
          if (shown.length === 0) return null
          return (
            <div key={heading} className="mb-4">
              <p className="px-2 pb-1 font-medium text-2xs text-ink-3 uppercase tracking-[0.06em]">
                {heading}
              </p>
              <ul className="space-y-px">
                {shown.map(({ to, label, icon: Icon }) => (
                  <li key={to}>
                    <Link
                      to={to}
                      onClick={onNavigate}
                      activeOptions={{ exact: to === '/', includeSearch: false }}
                      className="group flex h-8 items-center gap-2.5 rounded-md px-2 text-ink-2 text-sm hover:bg-hover hover:text-ink data-[status=active]:bg-surface data-[status=active]:font-medium data-[status=active]:text-ink data-[status=active]:shadow-card data-[status=active]:ring-1 data-[status=active]:ring-line max-lg:h-10"
                    >
                      <Icon
                        className="size-4 text-ink-3 group-data-[status=active]:text-accent"
                        aria-hidden
                      />
                      {label}
                      {to === '/waiting' && waiting && (
                        <Badge tone="warn" className="num ml-auto">
                          {waiting}
                        </Badge>
                      )}
                    </Link>
                  </li>
                ))}
              </ul>
            </div>
          )
        })}
      </nav>
      <div className="border-t p-3">
        <AccountMenu />
      </div>
    </div>
  )
}
