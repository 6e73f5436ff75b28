import { Download, ScrollText, ShieldCheck, ShieldX } from 'lucide-react'
import { useState } from 'react'
import { EmptyState } from '@/components/empty-state'
import { FailureNote } from '@/components/failure'
import { JsonView } from '@/components/json-view'
import { LoadMore } from '@/components/load-more'
import { SearchInput } from '@/components/search-input'
import { Badge, type Tone } from '@/components/ui/badge'
import { Button, buttonClass } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Input, Select } from '@/components/ui/field'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import { paged } from '@/lib/api/paging'
import type { AuditRecord } from '@/lib/api/types'
import { cn } from '@/lib/cn'
import { formatDateTime, formatNumber } from '@/lib/format'
import { type AuditFilter, exportUrl, LEVELS, OUTCOMES, queryOf } from '../filter'

interface AuditLogProps {
  filter: AuditFilter
  onFilter: (filter: AuditFilter) => void
}

const ACTIONS = [
  'connection.',
  'plan.',
  'workflow.',
  'execution.',
  'spec.',
  'user.',
  'credential.',
  'keys.',
  'audit.',
]

export function AuditLog({ filter, onFilter }: AuditLogProps) {
  const query = $api.useInfiniteQuery(
    'get',
    '/api/logs',
    { params: { query: { limit: 50, ...queryOf(filter) } } },
    paged,
  )
  const records = query.data?.pages.flatMap(({ data }) => data) ?? []
  const set = (patch: AuditFilter) => onFilter({ ...filter, ...patch })
  const filtered = Object.values(filter).some(Boolean)
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap gap-2">
        <SearchInput
          label="Search the trail"
          value={filter.q ?? ''}
          onChange={(q) => set({ q: q || undefined })}
          className="min-w-48 flex-1"
        />
        <Select
          aria-label="Area"
          className="w-auto"
          value={filter.action ?? ''}
          onChange={(event) => set({ action: event.target.value || undefined })}
        >
          <option value="">All areas</option>
          {ACTIONS.map((action) => (
            <option key={action} value={action}>
              {action.slice(0, -1)}
            </option>
          ))}
        </Select>
        <Select
          aria-label="Outcome"
          className="w-auto"
          value={filter.outcome ?? ''}
          onChange={(event) => set({ outcome: OUTCOMES.find((it) => it === event.target.value) })}
        >
          <option value="">All outcomes</option>
          {OUTCOMES.map((outcome) => (
            <option key={outcome}>{outcome}</option>
          ))}
        </Select>
        <Select
          aria-label="Level"
          className="w-auto"
          value={filter.level ?? ''}
          onChange={(event) => set({ level: LEVELS.find((it) => it === event.target.value) })}
        >
          <option value="">All levels</option>
          {LEVELS.map((level) => (
            <option key={level}>{level}</option>
          ))}
        </Select>
        <SearchInput
          shortcut={false}
          label="By whom"
          value={filter.actor ?? ''}
          onChange={(actor) => set({ actor: actor.trim() || undefined })}
          className="w-44"
        />
        <SearchInput
          shortcut={false}
          label="Of what, by its id"
          value={filter.resource ?? ''}
          onChange={(resource) => set({ resource: resource.trim() || undefined })}
          className="w-44"
        />
        <Input
          type="date"
          aria-label="From"
          className="w-auto"
          value={filter.from ?? ''}
          onChange={(event) => set({ from: event.target.value || undefined })}
        />
        <Input
          type="date"
          aria-label="To"
          className="w-auto"
          value={filter.to ?? ''}
          onChange={(event) => set({ to: event.target.value || undefined })}
        />
        <a href={exportUrl(filter, 'csv')} download className={buttonClass({})}>
          <Download aria-hidden /> CSV
        </a>
        <a href={exportUrl(filter, 'ndjson')} download className={buttonClass({})}>
          <Download aria-hidden /> NDJSON
        </a>
      </div>
      {query.isPending ? (
        <Card>
          <SkeletonRows rows={10} label="Loading the trail" />
        </Card>
      ) : query.isError ? (
        <FailureNote error={query.error} onRetry={() => query.refetch()} />
      ) : (
        <Card className="overflow-hidden">
          {records.length === 0 ? (
            <EmptyState
              icon={ScrollText}
              title={filtered ? 'No record matches' : 'Nothing recorded yet'}
              action={filtered && <Button onClick={() => onFilter({})}>Clear the filters</Button>}
            >
              {filtered ? 'Use other words, or fewer filters.' : 'Every change leaves a record here.'}
            </EmptyState>
          ) : (
            <ul className="divide-y">
              {records.map((record) => (
                <RecordRow key={record.id} record={record} />
              ))}
            </ul>
          )}
          <LoadMore {...query} />
        </Card>
      )}
    </div>
  )
}

const outcomeTones: Record<string, Tone> = { done: 'ok', refused: 'warn', failed: 'bad' }

function RecordRow({ record }: { record: AuditRecord }) {
  const [open, setOpen] = useState(false)
  return (
    <li>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex w-full flex-wrap items-center gap-x-4 gap-y-0.5 px-4 py-2 text-left -outline-offset-2 hover:bg-hover/60"
      >
        <span className="num w-40 shrink-0 text-ink-3 text-xs">{formatDateTime(record.at)}</span>
        <code className="w-44 shrink-0 truncate font-mono text-xs">{record.action}</code>
        <span className="min-w-0 flex-1 basis-48 truncate text-sm">
          {record.message || record.resource || '—'}
        </span>
        <span className="max-w-36 truncate text-ink-2 text-xs">{record.actorName || record.actor}</span>
        <Badge tone={outcomeTones[record.outcome] ?? 'neutral'}>{record.outcome}</Badge>
      </button>
      {open && (
        <div className="px-4 pb-3">
          <JsonView value={record} label={`record ${record.seq}`} />
        </div>
      )}
    </li>
  )
}

/** Walks the hash chain on request and says whether it holds. */
export function VerifyChain() {
  const [asked, setAsked] = useState(false)
  const query = $api.useQuery('get', '/api/logs/verify', {}, { enabled: asked, staleTime: 0, gcTime: 0 })
  const result = query.data?.data
  return (
    <>
      <Button
        pending={query.isFetching}
        onClick={() => {
          setAsked(true)
          if (asked) void query.refetch()
        }}
      >
        {!query.isFetching && <ShieldCheck aria-hidden />}
        Verify chain
      </Button>
      {result && (
        <p
          role="status"
          className={cn('flex items-center gap-1.5 text-sm', result.ok ? 'text-ok' : 'text-bad')}
        >
          {result.ok ? (
            <ShieldCheck className="size-4" aria-hidden />
          ) : (
            <ShieldX className="size-4" aria-hidden />
          )}
          {result.ok
            ? `${formatNumber(result.records)} records, unbroken`
            : `Broken at ${result.firstBad}: ${result.reason ?? 'the hash does not fit'}`}
        </p>
      )}
      {query.error && <FailureNote error={query.error} className="basis-full" />}
    </>
  )
}
