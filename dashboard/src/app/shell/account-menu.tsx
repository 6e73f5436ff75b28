import { useNavigate } from '@tanstack/react-router'
import { ChevronsUpDown, LogOut, Monitor, Moon, SlidersHorizontal, Sun } from 'lucide-react'
import { Menu, MenuItem, MenuLabel, MenuRadioItem, MenuSeparator } from '@/components/ui/menu'
import { useMe } from '@/lib/session'
import { setTheme, type Theme, useTheme } from '@/lib/theme/theme'
import { useSignOut } from './use-sign-out'

/** The first letters of the first and the last name. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/)
  const last = words.length > 1 ? (words.at(-1)?.[0] ?? '') : ''
  return ((words[0]?.[0] ?? '?') + last).toUpperCase()
}

const themes: { value: Theme; label: string; icon: typeof Sun }[] = [
  { value: 'system', label: 'System theme', icon: Monitor },
  { value: 'light', label: 'Light', icon: Sun },
  { value: 'dark', label: 'Dark', icon: Moon },
]

export function AccountMenu() {
  const { user } = useMe()
  const theme = useTheme()
  const navigate = useNavigate()
  const signOut = useSignOut()
  return (
    <Menu
      align="start"
      label={`Account of ${user.name}`}
      triggerClassName="flex w-full items-center gap-2.5 rounded-md p-1.5 text-left hover:bg-hover"
      trigger={
        <>
          <span className="grid size-7 shrink-0 place-items-center rounded-full bg-accent-soft font-medium text-accent text-xs">
            {initials(user.name)}
          </span>
          <span className="min-w-0 flex-1">
            <span className="block truncate font-medium text-sm leading-tight">{user.name}</span>
            <span className="block truncate text-ink-3 text-xs">{user.role.toLowerCase()}</span>
          </span>
          <ChevronsUpDown className="size-3.5 text-ink-3" aria-hidden />
        </>
      }
    >
      <MenuLabel>{user.email}</MenuLabel>
      <MenuSeparator />
      {themes.map(({ value, label, icon: Icon }) => (
        <MenuRadioItem key={value} checked={theme === value} onSelect={() => setTheme(value)}>
          <Icon aria-hidden /> {label}
        </MenuRadioItem>
      ))}
      <MenuSeparator />
      <MenuItem onSelect={() => void navigate({ to: '/settings' })}>
        <SlidersHorizontal aria-hidden /> Settings
      </MenuItem>
      <MenuItem onSelect={signOut}>
        <LogOut aria-hidden /> Sign out
      </MenuItem>
    </Menu>
  )
}
