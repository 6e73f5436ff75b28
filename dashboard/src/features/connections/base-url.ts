import type { Server } from '@/lib/api/types'

/** The names of the {variables} in a server URL, in order, once each. */
export function variableNames(url: string): string[] {
  return [...new Set([...url.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? ''))]
}

/** Fills the variables; one without a value stays as it is. */
export function fillUrl(url: string, values: Record<string, string>): string {
  return url.replace(/\{([^{}]+)\}/g, (whole, name: string) => values[name] || whole)
}

/** The spec's own defaults for a server's variables. */
export function defaults(server: Server | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(server?.variables ?? {}).map(([name, it]) => [name, it.default]))
}
