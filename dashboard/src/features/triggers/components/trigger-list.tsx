import { Plus, Zap } from 'lucide-react'
import { useState } from 'react'
import { EmptyState } from '@/components/empty-state'
import { FailureNote } from '@/components/failure'
import { LoadMore } from '@/components/load-more'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import type { Trigger, Workflow } from '@/lib/api/types'
import { inputFields } from '@/lib/document'
import { useCan } from '@/lib/session'
import { mayDo } from '@/lib/sharing'
import { useTriggers } from '../api/queries'
import { TriggerDialog } from './trigger-dialog'
import { TriggerRow } from './trigger-row'

/** What starts a workflow by itself: schedules, webhooks and events. */
export function TriggerList({ workflow }: { workflow: Workflow }) {
  const query = useTriggers(workflow.id)
  const mayChange = useCan('change') && mayDo(workflow, 'edit')
  const [editing, setEditing] = useState<Trigger | 'new' | null>(null)
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows rows={2} label="Loading triggers" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const triggers = query.data.pages.flatMap(({ data }) => data)
  const active = workflow.status === 'ACTIVE'
  const add = mayChange && (
    <Button variant={triggers.length === 0 ? 'primary' : undefined} onClick={() => setEditing('new')}>
      <Plus aria-hidden /> Add trigger
    </Button>
  )
  return (
    <div className="grid gap-3">
      {triggers.length > 0 && (
        <div className="flex flex-wrap items-center justify-between gap-2">
          <p className="text-ink-2 text-sm">
            {active
              ? 'Each starts a run of the newest version.'
              : 'Nothing starts until the workflow is active.'}
          </p>
          {add}
        </div>
      )}
      <Card className="overflow-hidden">
        {triggers.length === 0 ? (
          <EmptyState icon={Zap} title="Started by hand only" action={add}>
            A schedule, a signed webhook or an event can start it too.
          </EmptyState>
        ) : (
          <ul className="divide-y" aria-label="Triggers">
            {triggers.map((trigger) => (
              <TriggerRow
                key={trigger.id}
                trigger={trigger}
                active={active}
                onEdit={() => setEditing(trigger)}
              />
            ))}
          </ul>
        )}
        <LoadMore {...query} />
      </Card>
      {editing && (
        <TriggerDialog
          workflow={workflow.id}
          fields={inputFields(workflow.definition)}
          trigger={editing === 'new' ? undefined : editing}
          onClose={() => setEditing(null)}
        />
      )}
    </div>
  )
}
