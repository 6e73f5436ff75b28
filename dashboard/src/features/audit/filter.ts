export const OUTCOMES = ['done', 'refused', 'failed'] as const
export const LEVELS = ['info', 'warn', 'error'] as const

export interface AuditFilter {
  q?: string
  outcome?: (typeof OUTCOMES)[number]
  level?: (typeof LEVELS)[number]
  /** An action, or all that begin with it when it ends in a dot. */
  action?: string
}

/** The address of the same trail as a file. */
export function exportUrl(filter: AuditFilter, format: 'csv' | 'ndjson'): string {
  const entries = Object.entries(filter).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return `/api/logs/export?${new URLSearchParams([['format', format], ...entries])}`
}
