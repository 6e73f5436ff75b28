import { Link } from '@tanstack/react-router'
import { Cable, ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { EmptyState } from '@/components/empty-state'
import { FailureNote } from '@/components/failure'
import { LoadMore } from '@/components/load-more'
import { SharingMark } from '@/components/sharing-mark'
import { ConnectionStatus } from '@/components/status'
import { Ago } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import type { Connection } from '@/lib/api/types'
import { plural } from '@/lib/format'
import { mayDo, type Whose } from '@/lib/sharing'
import { useConnections } from '../api/queries'
import { ApiMark } from './api-mark'
import { ImportProgress } from './import-progress'

interface ConnectionListProps {
  /** Lower-cased words that name, title or base URL must contain. */
  filter?: string
  /** Whose they are; all where it is left out. */
  owner?: Whose
  /** The next step when there is nothing. */
  emptyAction?: ReactNode
}

export function ConnectionList({ filter = '', owner, emptyAction }: ConnectionListProps) {
  const query = useConnections(owner)
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows label="Loading connections" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const all = query.data.pages.flatMap(({ data }) => data)
  const shown = all.filter((it) =>
    `${it.name} ${it.title ?? ''} ${it.baseUrl}`.toLowerCase().includes(filter.toLowerCase()),
  )
  return (
    <Card className="overflow-hidden">
      {shown.length === 0 ? (
        <EmptyState
          icon={Cable}
          title={
            all.length > 0
              ? 'No connection by that name'
              : owner === 'others'
                ? 'Nothing is shared with you'
                : 'No API connected yet'
          }
          action={all.length === 0 && owner !== 'others' && emptyAction}
        >
          {all.length === 0 && owner === 'others'
            ? 'Connections that others let you use show here.'
            : all.length === 0
              ? 'Bring an OpenAPI or Swagger document by URL, upload or paste, and its operations can be planned with.'
              : 'Search for a part of its name or of its address.'}
        </EmptyState>
      ) : (
        <ul className="divide-y">
          {shown.map((connection) => (
            <ConnectionRow key={connection.id} connection={connection} />
          ))}
        </ul>
      )}
      <LoadMore {...query} />
    </Card>
  )
}

function ConnectionRow({ connection }: { connection: Connection }) {
  return (
    <li className="relative flex items-center gap-3.5 px-4 py-3 hover:bg-hover/60">
      <ApiMark name={connection.name} />
      <div className="min-w-0 flex-1">
        <p className="flex min-w-0 items-center gap-2">
          <Link
            to="/connections/$id"
            params={{ id: connection.id }}
            className="truncate font-medium after:absolute after:inset-0"
          >
            {connection.name}
          </Link>
          {connection.sample && <Badge tone="outline">Sample</Badge>}
          <SharingMark sharing={connection} />
        </p>
        <p className="truncate font-mono text-ink-3 text-xs">
          {connection.baseUrl ||
            connection.specUrl ||
            (mayDo(connection, 'edit') ? 'No address yet' : connection.title)}
        </p>
        {connection.status === 'IMPORTING' && (
          <ImportProgress connection={connection} className="mt-1.5 max-w-xs" />
        )}
      </div>
      <p className="num hidden w-28 text-right text-ink-2 text-sm sm:block">
        {plural(connection.endpointCount, 'operation')}
      </p>
      <p className="hidden w-32 text-right text-ink-3 text-xs md:block">
        used <Ago at={connection.lastUsed} />
      </p>
      <div className="w-auto text-right sm:w-32">
        <ConnectionStatus status={connection.status} />
      </div>
      <ChevronRight className="hidden size-4 text-ink-3 sm:block" aria-hidden />
    </li>
  )
}
