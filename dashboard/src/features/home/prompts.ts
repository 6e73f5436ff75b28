import type { Connection } from '@/lib/api/types'

interface Prompt {
  text: string
  /** Words that must stand in the names of connected APIs. */
  needs: string[]
}

/** Goals over the sample APIs, from one call to a flow across two of them. */
const PROMPTS: Prompt[] = [
  { text: 'Get the museum hours and find the available pets', needs: ['museum', 'pet'] },
  { text: 'Find the available pets, then get the first pet by its id', needs: ['pet'] },
  { text: 'List the special events of the museum and create an issue in Gitea', needs: ['museum', 'gitea'] },
  { text: 'Find the available pets and place an order for one of them', needs: ['pet'] },
]

/** The prompts whose APIs are connected. */
export function promptsFor(connections: Pick<Connection, 'name' | 'title'>[]): string[] {
  const names = connections.map(({ name, title }) => `${name} ${title ?? ''}`.toLowerCase())
  return PROMPTS.filter(({ needs }) => needs.every((need) => names.some((name) => name.includes(need)))).map(
    ({ text }) => text,
  )
}
