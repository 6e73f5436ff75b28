import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { FailureNote } from '@/components/failure'
import { ListRow } from '@/components/list-row'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Select } from '@/components/ui/field'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import type { Retention, RetentionItem } from '@/lib/api/types'
import { plural } from '@/lib/format'
import { notify } from '@/lib/notify'

const PATH = '/api/admin/retention'

const NAMES: Record<RetentionItem['kind'], string> = {
  runs: 'Runs',
  plans: 'Plans and conversations',
  deliveries: 'Deliveries of triggers',
  audit: 'Audit trail',
  mail: 'Mail',
  sessions: 'Sessions and links',
}

/** For how long what is offered; what was set by another client is offered too. */
const STEPS = [1, 7, 14, 30, 90, 180, 365, 730, 1825]

function choices({ days, min, max }: RetentionItem): number[] {
  const all = new Set(STEPS.filter((step) => step >= (min ?? 1) && (!max || step <= max)))
  for (const one of [days, max]) if (one) all.add(one)
  return [...all].sort((a, b) => a - b)
}

/** How long the workspace keeps what it makes, for admins. */
export function RetentionRules() {
  const query = $api.useQuery('get', PATH)
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows rows={6} label="Loading how long data is kept" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  // Drawn anew with each version: what is in the form is what was read.
  return <RetentionForm key={query.data.data.version} retention={query.data.data} />
}

function RetentionForm({ retention: { items, version } }: { retention: Retention }) {
  const queries = useQueryClient()
  const [days, setDays] = useState(() =>
    Object.fromEntries(items.filter(({ fixed }) => !fixed).map((item) => [item.kind, item.days ?? 0])),
  )
  const save = $api.useMutation('put', PATH, {
    onSuccess: () => {
      notify('success', 'Saved; what is older goes tonight')
      return queries.invalidateQueries({ queryKey: ['get', PATH] })
    },
  })

  function submit(event: FormEvent) {
    event.preventDefault()
    save.mutate({
      // Choices that were never made have no version yet.
      params: { header: version ? { 'If-Match': version } : {} },
      body: {
        items: (['runs', 'plans'] as const).map((kind) => ({
          kind,
          ...(days[kind] ? { days: days[kind] } : {}),
        })),
      },
    })
  }

  const shorter = items.some(({ kind, fixed, days: now }) => {
    const next = days[kind]
    return !fixed && next && (!now || next < now)
  })
  return (
    <form noValidate onSubmit={submit} className="min-w-0">
      <Card className="overflow-hidden">
        <ul className="divide-y">
          {items.map((item) => (
            <ListRow
              key={item.kind}
              title={NAMES[item.kind]}
              detail={<span className="whitespace-normal">{item.note}</span>}
            >
              {item.fixed ? (
                <Badge>{item.days ? plural(item.days, 'day') : 'fixed'}</Badge>
              ) : (
                <Select
                  aria-label={`How long to keep: ${NAMES[item.kind]}`}
                  className="w-auto"
                  value={days[item.kind]}
                  onChange={(event) => setDays({ ...days, [item.kind]: Number(event.target.value) })}
                >
                  {choices(item).map((step) => (
                    <option key={step} value={step}>
                      {plural(step, 'day')}
                    </option>
                  ))}
                  {!item.max && <option value={0}>for ever</option>}
                </Select>
              )}
            </ListRow>
          ))}
        </ul>
        <div className="flex flex-wrap items-center justify-end gap-3 border-t bg-sunken px-4 py-2.5">
          <p className="flex-1 basis-60 text-ink-3 text-xs" role={shorter ? 'status' : undefined}>
            {shorter
              ? 'What is older than you choose now is removed in the coming night, and cannot be brought back.'
              : 'What is too old is removed at night. The audit trail tells what was, and how much.'}
          </p>
          <Button type="submit" variant="primary" size="sm" pending={save.isPending}>
            Save
          </Button>
        </div>
      </Card>
      {save.error && <FailureNote error={save.error} className="mt-3" />}
    </form>
  )
}
