import { useQueryClient } from '@tanstack/react-query'
import { Database, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { EmptyState } from '@/components/empty-state'
import { FailureNote } from '@/components/failure'
import { Ago } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import type { CacheEntry } from '@/lib/api/types'
import { formatBytes, formatDuration, plural } from '@/lib/format'
import { importMemory, importPhases, importTime } from '@/lib/import-figures'
import { notify } from '@/lib/notify'

/** What to forget: one document, or all of them. */
type Purge = { url: string } | 'all'

export function SpecCache() {
  const queries = useQueryClient()
  const query = $api.useQuery('get', '/api/admin/spec-cache')
  const [asking, setAsking] = useState<Purge | null>(null)
  const purge = $api.useMutation('delete', '/api/admin/spec-cache', {
    onSuccess: ({ data }) => {
      setAsking(null)
      notify('success', `${plural(data.purged, 'document')} forgotten`)
      return queries.invalidateQueries({ queryKey: ['get', '/api/admin/spec-cache'] })
    },
  })
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows label="Loading the cache" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const entries = query.data.data
  return (
    <>
      <Card className="overflow-hidden">
        {entries.length === 0 ? (
          <EmptyState icon={Database} title="The cache is empty">
            A document fetched by URL is kept here, so that the next import need not fetch it again.
          </EmptyState>
        ) : (
          <>
            <ul className="divide-y">
              {entries.map((entry) => (
                <EntryRow key={entry.url} entry={entry} onPurge={() => setAsking({ url: entry.url })} />
              ))}
            </ul>
            <div className="flex items-center justify-between gap-3 border-t bg-sunken px-4 py-2.5">
              <p className="num text-ink-3 text-xs">
                {plural(entries.length, 'document')},{' '}
                {formatBytes(entries.reduce((sum, { bytes }) => sum + bytes, 0))}
              </p>
              <Button size="sm" variant="danger" onClick={() => setAsking('all')}>
                Forget all
              </Button>
            </div>
          </>
        )}
      </Card>
      <ConfirmDialog
        open={asking !== null}
        onClose={() => setAsking(null)}
        onConfirm={() =>
          purge.mutate(asking === null || asking === 'all' ? {} : { params: { query: { url: asking.url } } })
        }
        pending={purge.isPending}
        title={asking === 'all' ? 'Forget all documents?' : 'Forget this document?'}
        description="Connections keep working. The next import or refresh fetches it from its source again."
        confirmLabel="Forget"
      >
        {asking !== null && asking !== 'all' && (
          <code className="break-all font-mono text-ink-2 text-xs">{asking.url}</code>
        )}
        {purge.error && <FailureNote error={purge.error} />}
      </ConfirmDialog>
    </>
  )
}

function EntryRow({ entry, onPurge }: { entry: CacheEntry; onPurge: () => void }) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5">
      <div className="min-w-0 flex-1 basis-64">
        <p className="truncate font-mono text-xs" title={entry.url}>
          {entry.url}
        </p>
        <p className="truncate font-mono text-2xs text-ink-3">{entry.specHash}</p>
        {entry.imported && (
          <p className="num text-ink-3 text-xs">
            imported in {importTime(entry.imported)} ({importPhases(entry.imported)}), memory{' '}
            {importMemory(entry.imported)}, stored as {formatBytes(entry.imported.storedBytes)}
          </p>
        )}
      </div>
      <span className="num w-20 text-right text-ink-2 text-xs">{formatBytes(entry.bytes)}</span>
      <span className="w-28 text-right text-ink-3 text-xs">
        fetched <Ago at={entry.fetchedAt} />
      </span>
      {entry.ttlRemaining > 0 ? (
        <Badge tone="ok">fresh for {formatDuration(entry.ttlRemaining * 1000)}</Badge>
      ) : (
        <Badge tone="warn">asks its source</Badge>
      )}
      <Button variant="ghost" size="icon" aria-label={`Forget ${entry.url}`} onClick={onPurge}>
        <Trash2 aria-hidden />
      </Button>
    </li>
  )
}
