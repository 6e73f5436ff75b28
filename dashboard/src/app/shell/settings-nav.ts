import type { LinkProps } from '@tanstack/react-router'
import type { Ability } from '@/lib/session'

interface SettingsPage {
  to: LinkProps['to']
  label: string
  needs?: Ability
}

/** The pages of the settings: a file each in routes/_app/settings, and a line here. */
export const SETTINGS: { heading: string; pages: SettingsPage[] }[] = [
  {
    heading: 'Personal',
    pages: [
      { to: '/settings', label: 'You' },
      { to: '/settings/security', label: 'Security' },
      { to: '/settings/workspaces', label: 'Workspaces' },
    ],
  },
  {
    heading: 'Workspace',
    pages: [
      { to: '/settings/general', label: 'General', needs: 'admin' },
      { to: '/settings/members', label: 'Members', needs: 'admin' },
      { to: '/settings/sign-in', label: 'Sign-in', needs: 'admin' },
      { to: '/settings/rules', label: 'Security rules', needs: 'admin' },
      { to: '/settings/usage', label: 'Usage', needs: 'audit' },
      { to: '/settings/keys', label: 'Keys', needs: 'admin' },
      { to: '/settings/mail', label: 'Mail', needs: 'admin' },
      { to: '/settings/retention', label: 'Data retention', needs: 'admin' },
      { to: '/settings/audit-streams', label: 'Audit streams', needs: 'admin' },
    ],
  },
]
