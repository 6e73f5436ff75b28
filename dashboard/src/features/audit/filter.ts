export const OUTCOMES = ['done', 'refused', 'failed'] as const
export const LEVELS = ['info', 'warn', 'error'] as const

export interface AuditFilter {
  q?: string
  outcome?: (typeof OUTCOMES)[number]
  level?: (typeof LEVELS)[number]
  /** An action, or all that begin with it when it ends in a dot. */
  action?: string
  /** A person's id or e-mail. */
  actor?: string
  /** The id of what was changed or used. */
  resource?: string
  /** Days, both included. */
  from?: string
  to?: string
}

const DAY = /^\d{4}-\d{2}-\d{2}$/

/** A day of the address, where it is one. */
export function dayOf(value: string | undefined): string | undefined {
  return value && DAY.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined
}

/** The filter as the API takes it: days become the moments at which they begin and end, here. */
export function queryOf({ from, to, ...rest }: AuditFilter) {
  return {
    ...rest,
    from: from && new Date(`${from}T00:00:00`).toISOString(),
    to: to && new Date(`${to}T23:59:59.999`).toISOString(),
  }
}

/** The address of the same trail as a file. */
export function exportUrl(filter: AuditFilter, format: 'csv' | 'ndjson'): string {
  const entries = Object.entries(queryOf(filter)).filter((entry): entry is [string, string] =>
    Boolean(entry[1]),
  )
  return `/api/logs/export?${new URLSearchParams([['format', format], ...entries])}`
}
