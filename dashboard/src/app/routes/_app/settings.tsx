import { createFileRoute, Link, type LinkProps, Outlet } from '@tanstack/react-router'
import { Page } from '@/components/page'
import { type Ability, roleCan, useMe } from '@/lib/session'

export const Route = createFileRoute('/_app/settings')({ component: SettingsLayout })

/** The pages of the settings: a file each beside this one, and a line here. */
const TABS: { to: LinkProps['to']; label: string; needs?: Ability }[] = [
  { to: '/settings', label: 'You' },
  { to: '/settings/security', label: 'Security' },
  { to: '/settings/workspaces', label: 'Workspaces' },
  { to: '/settings/members', label: 'Members', needs: 'admin' },
  { to: '/settings/sign-in', label: 'Sign-in', needs: 'admin' },
  { to: '/settings/keys', label: 'Keys', needs: 'admin' },
  { to: '/settings/mail', label: 'Mail', needs: 'admin' },
]

function SettingsLayout() {
  const { role } = useMe().user
  return (
    <Page title="Settings" width="read">
      <nav aria-label="Settings" className="scroll-thin mb-6 flex gap-5 overflow-x-auto border-b">
        {TABS.filter(({ needs }) => !needs || roleCan(role, needs)).map(({ to, label }) => (
          <Link
            key={to}
            to={to}
            activeOptions={{ exact: true, includeSearch: false }}
            className="-mb-px whitespace-nowrap border-transparent border-b-2 py-2 text-ink-2 text-sm -outline-offset-2 hover:text-ink aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-ink"
          >
            {label}
          </Link>
        ))}
      </nav>
      <div className="grid gap-9">
        <Outlet />
      </div>
    </Page>
  )
}
