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
 * The talks of this tab by person and workspace, kept over reloads and dropped with the tab or at sign-out. What is in memory is
 * the truth; the storage is its copy.
 */
const talks = new Map<string, Conversation>()
const listeners = new Set<() => void>()

function load(key: string): Conversation {
  const known = talks.get(key)
  if (known) return known
  let talk = EMPTY
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(PREFIX + key) ?? 'null')
    if (typeof stored === 'object' && stored !== null && 'turns' in stored) talk = stored as Conversation
  } catch {
    // Blocked or unreadable: start with nothing.
  }
  talks.set(key, talk)
  return talk
}

function save(key: string, next: Conversation): void {
  talks.set(key, next)
  try {
    sessionStorage.setItem(PREFIX + key, JSON.stringify(next))
  } catch {
    // Full or blocked: the talk then lasts for this page only.
  }
  for (const listener of listeners) listener()
}

export function useConversation(person: string, workspace: string) {
  const key = `${person}.${workspace}`
  const conversation = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => load(key),
  )
  const add = useCallback(
    (turn: Turn, conversationId?: string) => {
      const { turns, conversationId: known } = load(key)
      save(key, { conversationId: conversationId ?? known, turns: [...turns, turn] })
    },
    [key],
  )
  const clear = useCallback(() => save(key, EMPTY), [key])
  return { conversation, add, clear }
}

/** Drops the talks of a person who signs out, in all their workspaces. */
export function forgetConversations(person: string): void {
  for (const key of [...talks.keys(), ...storedKeys()]) if (key.startsWith(`${person}.`)) save(key, EMPTY)
}

function storedKeys(): string[] {
  try {
    return Object.keys(sessionStorage)
      .filter((name) => name.startsWith(PREFIX))
      .map((name) => name.slice(PREFIX.length))
  } catch {
    return []
  }
}
