import type { Tone } from '@/components/ui/badge'
import type { Connection, Finding, Report } from '@/lib/api/types'
import { plural } from '@/lib/format'

/** Whether the report is still being made, so that it is worth asking again. */
export function isReportPending({ report }: Connection): boolean {
  return report?.state === 'pending'
}

/** How many findings a finished report has; undefined while there is none. */
export function findingCount(report: Report | undefined): number | undefined {
  return report?.state === 'done' ? report.errors + report.warnings : undefined
}

/** The verdict in a few words. An error is of the document: it keeps nobody from calling what could be read. */
export function reportVerdict(report: Report): { label: string; tone: Tone } {
  if (report.state === 'pending') return { label: 'Being made', tone: 'neutral' }
  if (report.state !== 'done') return { label: 'Not available', tone: 'outline' }
  if (findingCount(report) === 0) return { label: 'Nothing found', tone: 'ok' }
  const counts = [
    report.errors > 0 && plural(report.errors, 'error'),
    report.warnings > 0 && plural(report.warnings, 'warning'),
  ]
  return { label: counts.filter(Boolean).join(', '), tone: report.errors > 0 ? 'warn' : 'neutral' }
}

/** The validator of the specification finds errors; all other findings are warnings of the import. */
export function isError({ code }: Finding): boolean {
  return code === 'libopenapi'
}
