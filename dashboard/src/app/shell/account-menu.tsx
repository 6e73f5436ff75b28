import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { ChevronsUpDown, LogOut, Monitor, Moon, SlidersHorizontal, Sun } from 'lucide-react'
import { Menu, MenuItem, MenuLabel, MenuRadioGroup, MenuRadioItem, MenuSeparator } from '@/components/ui/menu'
import { $api } from '@/lib/api/client'
import { useMe } from '@/lib/session'
import { setTheme, type Theme, useTheme } from '@/lib/theme/theme'

export function initials(name: string): string {
  const words = name.trim().split(/\s+/)
  return ((words[0]?.[0] ?? '?') + (words.length > 1 ? (words.at(-1)?.[0] ?? '') : '')).toUpperCase()
}

export function AccountMenu() {
  const { user } = useMe()
  const theme = useTheme()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const logout = $api.useMutation('post', '/api/auth/logout', {
    onSettled: () => {
      queries.clear()
      void navigate({ to: '/login' })
    },
  })
  return (
    <Menu
      align="start"
      trigger={
        <button
          type="button"
          aria-label={`Account of ${user.name}`}
          className="flex w-full items-center gap-2.5 rounded-md p-1.5 text-left hover:bg-hover"
        >
          <span
            aria-hidden
            className="grid size-7 shrink-0 place-items-center rounded-full bg-accent-soft font-medium text-accent text-xs"
          >
            {initials(user.name)}
          </span>
          <span className="min-w-0 flex-1">
            <span className="block truncate font-medium text-sm leading-tight">{user.name}</span>
            <span className="block truncate text-ink-3 text-xs">{user.role.toLowerCase()}</span>
          </span>
          <ChevronsUpDown className="size-3.5 text-ink-3" aria-hidden />
        </button>
      }
    >
      <MenuLabel>{user.email}</MenuLabel>
      <MenuSeparator />
      <MenuRadioGroup value={theme} onValueChange={(value) => setTheme(value as Theme)} aria-label="Theme">
        <MenuRadioItem value="system">
          <Monitor aria-hidden /> System theme
        </MenuRadioItem>
        <MenuRadioItem value="light">
          <Sun aria-hidden /> Light
        </MenuRadioItem>
        <MenuRadioItem value="dark">
          <Moon aria-hidden /> Dark
        </MenuRadioItem>
      </MenuRadioGroup>
      <MenuSeparator />
      <MenuItem onSelect={() => void navigate({ to: '/settings' })}>
        <SlidersHorizontal aria-hidden /> Settings
      </MenuItem>
      <MenuItem onSelect={() => logout.mutate({})}>
        <LogOut aria-hidden /> Sign out
      </MenuItem>
    </Menu>
  )
}
