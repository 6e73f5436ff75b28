import { createContext, use } from 'react'
import type { Me } from './api/types'

export const SessionContext = createContext<Me | null>(null)

/** The person at the keyboard. Only under the signed-in layout. */
export function useMe(): Me {
  const me = use(SessionContext)
  if (!me) throw new Error('useMe outside the signed-in layout')
  return me
}

export type Ability = 'change' | 'audit' | 'admin' | 'stats'

/** What a role is shown. It hides what would be refused; the server alone decides. */
export function roleCan(role: string, ability: Ability): boolean {
  switch (ability) {
    case 'change':
      return role !== 'AUDITOR'
    case 'audit':
    case 'stats':
      return role !== 'USER'
    case 'admin':
      return role === 'ADMIN'
  }
}

export function useCan(ability: Ability): boolean {
  return roleCan(useMe().user.role, ability)
}
