import { FileCheck, FileClock, FileX } from 'lucide-react'
import { EmptyState } from '@/components/empty-state'
import { FailureNote } from '@/components/failure'
import { LoadMore } from '@/components/load-more'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import type { Finding, Report } from '@/lib/api/types'
import { useFindings } from '../api/queries'
import { findingCount, isError, reportVerdict } from '../report'

/** What the validation report of a connection's document says, or why there is nothing to say. */
export function ReportFindings({ connection, report }: { connection: string; report: Report }) {
  if (report.state === 'pending')
    return (
      <Card>
        <EmptyState icon={FileClock} title="The report is being made">
          A document is validated after its import, so that nobody waits for it. What can be read of it is
          ready already.
        </EmptyState>
      </Card>
    )
  if (report.state !== 'done')
    return (
      <Card>
        <EmptyState icon={FileX} title="There is no report">
          {report.reason || 'This document is not validated.'}
        </EmptyState>
      </Card>
    )
  if (findingCount(report) === 0)
    return (
      <Card>
        <EmptyState icon={FileCheck} title="Nothing found">
          The document keeps to its specification.
        </EmptyState>
      </Card>
    )
  return <FindingList connection={connection} report={report} />
}

function FindingList({ connection, report }: { connection: string; report: Report }) {
  const query = useFindings(connection)
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows label="Loading the findings" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  return (
    <Card className="overflow-hidden">
      <p className="border-b bg-sunken px-4 py-2.5 text-ink-2 text-sm">
        {reportVerdict(report).label}. What could be read of the document works all the same.
      </p>
      <ul aria-label="Findings" className="divide-y">
        {query.data.pages
          .flatMap(({ data }) => data)
          .map((finding, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a finding may repeat; the order of a report never changes
            <FindingRow key={index} finding={finding} />
          ))}
      </ul>
      <LoadMore {...query} />
    </Card>
  )
}

function FindingRow({ finding }: { finding: Finding }) {
  return (
    <li className="grid gap-x-4 gap-y-1 px-4 py-2.5 text-sm sm:grid-cols-[5rem_1fr]">
      <span>
        <Badge tone={isError(finding) ? 'bad' : 'warn'}>{isError(finding) ? 'Error' : 'Warning'}</Badge>
      </span>
      <div className="min-w-0">
        <p className="break-words">{finding.message}</p>
        <code className="break-all font-mono text-ink-3 text-xs">
          {finding.path || 'the whole document'}
          {!isError(finding) && ` · ${finding.code}`}
        </code>
      </div>
    </li>
  )
}
