import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { roleCan, useMe } from '@/lib/session'
import { NAV } from './nav'

/** Milliseconds in which the second key must follow "g". */
const SEQUENCE = 1200

/** ⌘K or Ctrl+K opens the palette; "g" and a letter goes to a page. */
export function useShortcuts(openPalette: () => void): void {
  const navigate = useNavigate()
  const { role } = useMe().user

  useEffect(() => {
    let pressedG = 0
    function onKeyDown(event: KeyboardEvent) {
      if (event.key.toLowerCase() === 'k' && (event.metaKey || event.ctrlKey)) {
        event.preventDefault()
        openPalette()
        return
      }
      const target = event.target as HTMLElement
      if (
        event.metaKey ||
        event.ctrlKey ||
        event.altKey ||
        target.closest('input, textarea, select, dialog, [role=menu]')
      )
        return
      if (event.key === 'g') {
        pressedG = Date.now()
        return
      }
      if (Date.now() - pressedG > SEQUENCE) return
      pressedG = 0
      const item = NAV.flatMap(({ items }) => items).find(({ key }) => key === event.key)
      if (item && (!item.needs || roleCan(role, item.needs))) void navigate({ to: item.to })
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [navigate, openPalette, role])
}
