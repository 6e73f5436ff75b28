import { useCallback, useSyncExternalStore } from 'react'
import type { Plan, Problem } from '@/lib/api/types'

export type Turn =
  | { kind: 'goal'; id: string; text: string }
  | { kind: 'plan'; id: string; plan: Plan }
  | { kind: 'failure'; id: string; problem: Problem | { detail: string } }

export interface Conversation {
  conversationId?: string
  turns: Turn[]
}

const PREFIX = 'apiq.chat.'
const EMPTY: Conversation = { turns: [] }

/**
 * The talks of this tab by person, kept over reloads and dropped with the tab or at sign-out. What is in memory is
 * the truth; the storage is its copy.
 */
const talks = new Map<string, Conversation>()
const listeners = new Set<() => void>()

function load(person: string): Conversation {
  const known = talks.get(person)
  if (known) return known
  let talk = EMPTY
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(PREFIX + person) ?? 'null')
    if (typeof stored === 'object' && stored !== null && 'turns' in stored) talk = stored as Conversation
  } catch {
    // Blocked or unreadable: start with nothing.
  }
  talks.set(person, talk)
  return talk
}

function save(person: string, next: Conversation): void {
  talks.set(person, next)
  try {
    sessionStorage.setItem(PREFIX + person, JSON.stringify(next))
  } catch {
    // Full or blocked: the talk then lasts for this page only.
  }
  for (const listener of listeners) listener()
}

export function useConversation(person: string) {
  const conversation = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => load(person),
  )
  const add = useCallback(
    (turn: Turn, conversationId?: string) => {
      const { turns, conversationId: known } = load(person)
      save(person, { conversationId: conversationId ?? known, turns: [...turns, turn] })
    },
    [person],
  )
  const clear = useCallback(() => save(person, EMPTY), [person])
  return { conversation, add, clear }
}

/** Drops the talk of a person who signs out. */
export function forgetConversation(person: string): void {
  save(person, EMPTY)
}
