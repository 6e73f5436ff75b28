import { FailureNote } from '@/components/failure'
import { Method } from '@/components/method'
import { RiskBadge } from '@/components/status'
import { Badge } from '@/components/ui/badge'
import { CopyButton } from '@/components/ui/copy-button'
import { Skeleton } from '@/components/ui/skeleton'
import { Tabs } from '@/components/ui/tabs'
import type { Operation } from '@/lib/api/types'
import { useOperation } from '../api/queries'
import type { OperationTab } from '../tabs'
import { OperationReference } from './operation-reference'
import { TryForm } from './try-form'

interface OperationDetailProps {
  connection: string
  operationId: string
  tab: OperationTab
  onTab: (tab: OperationTab) => void
  mayTry: boolean
}

export function OperationDetail({ connection, operationId, tab, onTab, mayTry }: OperationDetailProps) {
  const query = useOperation(connection, operationId)
  if (query.isPending) {
    return (
      <div role="status" aria-label="Loading the operation" className="grid gap-3 p-5">
        <Skeleton className="h-6 w-2/3" />
        <Skeleton className="h-4 w-1/2" />
        <Skeleton className="mt-4 h-40" />
      </div>
    )
  }
  if (query.isError)
    return <FailureNote error={query.error} onRetry={() => query.refetch()} className="m-4" />
  const operation = query.data.data
  return (
    <div className="p-4 sm:p-5">
      <Heading operation={operation} />
      {mayTry ? (
        <Tabs
          label="Operation"
          value={tab}
          onChange={onTab}
          items={[
            { value: 'reference', label: 'Reference' },
            { value: 'try', label: 'Try it' },
          ]}
          panelClassName="pt-4"
        >
          {tab === 'try' ? (
            <TryForm connection={connection} operation={operation} />
          ) : (
            <OperationReference operation={operation} />
          )}
        </Tabs>
      ) : (
        <OperationReference operation={operation} />
      )}
    </div>
  )
}

function Heading({ operation }: { operation: Operation }) {
  return (
    <header className="mb-3">
      <h2 className="font-semibold text-md">{operation.summary || operation.id}</h2>
      <p className="mt-1.5 flex items-start rounded-md bg-sunken px-2.5 py-1.5">
        <Method method={operation.method} className="mt-0.5 w-auto pr-2" />
        <code className="min-w-0 flex-1 break-all font-mono text-xs leading-5">{operation.path}</code>
        <CopyButton text={operation.path} label="Copy path" />
      </p>
      <div className="mt-2 flex flex-wrap items-center gap-1.5">
        <RiskBadge risk={operation.risk} />
        <Badge tone="outline">{operation.effect}</Badge>
        {operation.deprecated && <Badge tone="bad">Deprecated</Badge>}
        {operation.tags?.map((tag) => (
          <Badge key={tag}>{tag}</Badge>
        ))}
        <code className="break-all font-mono text-ink-3 text-xs">{operation.id}</code>
      </div>
    </header>
  )
}
