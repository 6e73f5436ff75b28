import {
  Activity,
  Cable,
  Database,
  Hand,
  House,
  type LucideIcon,
  MessageSquareText,
  ScrollText,
  SlidersHorizontal,
  Waypoints,
  Workflow,
} from 'lucide-react'
import type { Ability } from '@/lib/session'

export interface NavItem {
  to:
    | '/'
    | '/chat'
    | '/connections'
    | '/workflows'
    | '/runs'
    | '/waiting'
    | '/audit'
    | '/spec-cache'
    | '/status'
    | '/settings'
  label: string
  icon: LucideIcon
  /** Second key after "g". */
  key: string
  needs?: Ability
}

export const NAV: { heading: string; items: NavItem[] }[] = [
  {
    heading: 'Build',
    items: [
      { to: '/', label: 'Home', icon: House, key: 'h' },
      { to: '/chat', label: 'Chat', icon: MessageSquareText, key: 'c', needs: 'change' },
      { to: '/connections', label: 'Connections', icon: Cable, key: 'n' },
      { to: '/workflows', label: 'Workflows', icon: Workflow, key: 'w' },
    ],
  },
  {
    heading: 'Observe',
    items: [
      { to: '/runs', label: 'Runs', icon: Waypoints, key: 'r' },
      { to: '/waiting', label: 'Waiting for you', icon: Hand, key: 'q', needs: 'change' },
      { to: '/audit', label: 'Audit log', icon: ScrollText, key: 'a', needs: 'audit' },
      { to: '/status', label: 'Status', icon: Activity, key: 's' },
    ],
  },
  {
    heading: 'Manage',
    items: [
      { to: '/spec-cache', label: 'Spec cache', icon: Database, key: 'p', needs: 'admin' },
      { to: '/settings', label: 'Settings', icon: SlidersHorizontal, key: 'e' },
    ],
  },
]
