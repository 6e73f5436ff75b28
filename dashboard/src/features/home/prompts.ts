import type { Connection } from '@/lib/api/types'

interface Prompt {
  text: string
  /** Words that must stand in the names of connected APIs. */
  needs: string[]
}

/** Goals over the sample APIs, from one call to a flow across two of them. */
const PROMPTS: Prompt[] = [
  {
    text: 'Find available pets in the Petstore, place an order for the first one, then create a Gitea issue for owner "acme" and repo "ops" with the pet name as title',
    needs: ['pet', 'gitea'],
  },
  { text: 'Get the museum hours and find the available pets', needs: ['museum', 'pet'] },
  {
    text: 'List the available pets, then for each pet create an issue in Gitea with owner "acme" and repo "pets" titled with the pet name',
    needs: ['pet', 'gitea'],
  },
  { text: 'Buy a ticket of type "general" for the museum', needs: ['museum'] },
  { text: 'Delete the pet with id 2', needs: ['pet'] },
]

/** The prompts whose APIs are connected. */
export function promptsFor(connections: Pick<Connection, 'name' | 'title'>[]): string[] {
  const names = connections.map(({ name, title }) => `${name} ${title ?? ''}`.toLowerCase())
  return PROMPTS.filter(({ needs }) => needs.every((need) => names.some((name) => name.includes(need)))).map(
    ({ text }) => text,
  )
}
