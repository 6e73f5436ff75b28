import type { Connection } from '@/lib/api/types'

/** Goals that the three sample APIs can meet, shown while they are connected. */
const SAMPLE_PROMPTS = [{ needs: [] as string[], text: 'List the first 10 items and show their names' }]

/** Prompts to offer: those whose APIs are connected. */
export function promptsFor(connections: Connection[]): string[] {
  const names = connections.map(({ name, title }) => `${name} ${title ?? ''}`.toLowerCase())
  return SAMPLE_PROMPTS.filter(({ needs }) =>
    needs.every((need) => names.some((name) => name.includes(need))),
  ).map(({ text }) => text)
}
