import type { Connection } from './api/types'

export type Sharing = Pick<Connection, 'ownerId' | 'access' | 'may'>
/** How lists are narrowed by owner. */
export const WHOSE = ['me', 'others'] as const
export type Whose = (typeof WHOSE)[number]
export type Everyone = NonNullable<Sharing['access']>['everyone']
export type Grants = NonNullable<NonNullable<Sharing['access']>['people']>

/**
 * Whether its reader may do at least this, as far as their role lets them act at all: what an auditor reads says nothing
 * of it. The server alone decides.
 */
export function mayDo(sharing: Sharing, level: 'use' | 'edit' | 'manage'): boolean {
  const levels = ['use', 'edit', 'manage']
  return sharing.may === undefined || levels.indexOf(sharing.may) >= levels.indexOf(level)
}

/** Whether its reader may delete it: what everyone edits is everybody's. */
export function mayDelete(sharing: Sharing): boolean {
  return mayDo(sharing, 'manage') || (mayDo(sharing, 'edit') && sharing.access?.everyone === 'edit')
}

/** A word on who a thing is open to, none where every member edits it. */
export function sharingLabel(sharing: Sharing): string | undefined {
  switch (sharing.access?.everyone) {
    case 'none':
      if (sharing.may === 'use' || sharing.may === 'edit') return 'Shared with you'
      return (sharing.access.people ?? []).length > 0 ? 'Shared with some' : 'Private'
    case 'use':
      return 'Everyone may use it'
    default:
      return undefined
  }
}
