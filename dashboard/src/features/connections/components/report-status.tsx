import { Link } from '@tanstack/react-router'
import { Ago } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { buttonClass } from '@/components/ui/button'
import type { Report } from '@/lib/api/types'
import { findingCount, reportVerdict } from '../report'

/** How the validation report of a connection's document stands, and the way to what it says. */
export function ReportStatus({ connection, report }: { connection: string; report: Report }) {
  const { label, tone } = reportVerdict(report)
  return (
    <div className="flex flex-wrap items-center justify-between gap-2">
      <div className="min-w-0">
        <span aria-live="polite">
          <Badge tone={tone}>{label}</Badge>
        </span>
        {report.state === 'done' && (
          <span className="text-ink-3">
            {' '}
            · checked <Ago at={report.at} />
          </span>
        )}
        {report.reason && <p className="mt-1 text-ink-2">{report.reason}</p>}
      </div>
      {Boolean(findingCount(report)) && (
        <Link
          to="/connections/$id"
          params={{ id: connection }}
          search={{ tab: 'validation' }}
          className={buttonClass({ size: 'sm' })}
        >
          Show findings
        </Link>
      )}
    </div>
  )
}
