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

const KEY = 'apiq.chat'
const EMPTY: Conversation = { turns: [] }

/**
 * The talk of this tab, kept over reloads and dropped with the tab. One object in memory is the truth; the storage
 * is its copy.
 */
let current: Conversation | null = null
const listeners = new Set<() => void>()

function load(): Conversation {
  if (current) return current
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? 'null')
    current =
      typeof stored === 'object' && stored !== null && 'turns' in stored ? (stored as Conversation) : EMPTY
  } catch {
    current = EMPTY
  }
  return current
}

function save(next: Conversation): void {
  current = next
  try {
    sessionStorage.setItem(KEY, JSON.stringify(next))
  } catch {
    // Full or blocked: the talk then lasts for this page only.
  }
  for (const listener of listeners) listener()
}

export function useConversation() {
  const conversation = useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, load)
  const add = useCallback((turn: Turn, conversationId?: string) => {
    const { turns, conversationId: known } = load()
    save({ conversationId: conversationId ?? known, turns: [...turns, turn] })
  }, [])
  const clear = useCallback(() => save(EMPTY), [])
  return { conversation, add, clear }
}

/** Drops the talk: it belongs to the person who signed out. */
export function forgetConversation(): void {
  save(EMPTY)
}
