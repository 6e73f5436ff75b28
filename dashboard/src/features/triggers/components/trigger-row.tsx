import { CalendarClock, Ellipsis, KeyRound, Pencil, Power, Radio, Trash2, Webhook } from 'lucide-react'
import { useState } from 'react'
import { FailureNote } from '@/components/failure'
import { Badge } from '@/components/ui/badge'
import { Button, buttonClass } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { CopyButton } from '@/components/ui/copy-button'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import { $api } from '@/lib/api/client'
import type { Trigger, TriggerMade } from '@/lib/api/types'
import { formatDateTime } from '@/lib/format'
import { useCan } from '@/lib/session'
import { usePublicUrl } from '@/lib/use-public-url'
import { useTriggersChanged } from '../api/queries'
import { describeCron } from '../schedule'
import { DeliveryLine, DeliveryList } from './delivery-list'
import { HookDialog } from './hook-dialog'

const ICONS = { schedule: CalendarClock, webhook: Webhook, event: Radio }

interface TriggerRowProps {
  trigger: Trigger
  /** Whether the workflow may start. */
  active: boolean
  onEdit: () => void
}

export function TriggerRow({ trigger, active, onEdit }: TriggerRowProps) {
  const [open, setOpen] = useState(false)
  const [removing, setRemoving] = useState(false)
  const [made, setMade] = useState<TriggerMade | null>(null)
  const mayChange = useCan('change')
  const changed = useTriggersChanged()
  const at = {
    path: { id: trigger.workflowId, triggerId: trigger.id },
    header: { 'If-Match': trigger.version },
  }
  const update = $api.useMutation('patch', '/api/workflows/{id}/triggers/{triggerId}', {
    onSuccess: changed,
  })
  const remove = $api.useMutation('delete', '/api/workflows/{id}/triggers/{triggerId}', {
    onSuccess: changed,
  })
  const Icon = ICONS[trigger.type]
  return (
    <li className="grid gap-2 px-4 py-3">
      <div className="flex items-start gap-3">
        <Icon className="mt-0.5 size-4 shrink-0 text-ink-3" aria-hidden />
        <div className="min-w-0 flex-1">
          <Summary trigger={trigger} />
          <p className="text-ink-3 text-xs">
            {trigger.enabled && active && trigger.nextAt && `Next ${formatDateTime(trigger.nextAt)}. `}
            {trigger.filter && (
              <>
                Only if <code className="break-all font-mono">{trigger.filter}</code>
              </>
            )}
          </p>
          {trigger.lastResult && !open && <DeliveryLine delivery={trigger.lastResult} />}
        </div>
        {!trigger.enabled && <Badge tone="neutral">Off</Badge>}
        <Button
          size="sm"
          variant="ghost"
          className="-mt-1"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          Deliveries
        </Button>
        {mayChange && (
          <Menu
            label={`Actions for ${titleOf(trigger)}`}
            triggerClassName={buttonClass({ size: 'icon', variant: 'ghost', className: '-mt-1.5' })}
            pending={update.isPending}
            trigger={<Ellipsis aria-hidden />}
          >
            <MenuItem onSelect={onEdit}>
              <Pencil aria-hidden /> Change
            </MenuItem>
            <MenuItem onSelect={() => update.mutate({ params: at, body: { enabled: !trigger.enabled } })}>
              <Power aria-hidden /> {trigger.enabled ? 'Switch off' : 'Switch on'}
            </MenuItem>
            {trigger.type === 'webhook' && (
              <MenuItem
                onSelect={() =>
                  update.mutate(
                    { params: at, body: { rotateSecret: true } },
                    { onSuccess: ({ data }) => setMade(data) },
                  )
                }
              >
                <KeyRound aria-hidden /> New secret
              </MenuItem>
            )}
            <MenuSeparator />
            <MenuItem danger onSelect={() => setRemoving(true)}>
              <Trash2 aria-hidden /> Remove
            </MenuItem>
          </Menu>
        )}
      </div>
      {update.error && <FailureNote error={update.error} />}
      {open && <DeliveryList trigger={trigger} />}
      {made && <HookDialog made={made} onClose={() => setMade(null)} />}
      <ConfirmDialog
        open={removing}
        onClose={() => setRemoving(false)}
        onConfirm={() => remove.mutate({ params: at })}
        pending={remove.isPending}
        title="Remove this trigger?"
        description={
          trigger.type === 'webhook'
            ? 'Its address is gone for good; what is sent there is refused. Runs it has started go on.'
            : 'It starts nothing more. Runs it has started go on.'
        }
        confirmLabel="Remove"
      >
        {remove.error && <FailureNote error={remove.error} />}
      </ConfirmDialog>
    </li>
  )
}

function titleOf(trigger: Trigger): string {
  switch (trigger.type) {
    case 'schedule':
      return describeCron(trigger.cron ?? '')
    case 'webhook':
      return 'Webhook'
    case 'event':
      return `When ${trigger.event} is told`
  }
}

function Summary({ trigger }: { trigger: Trigger }) {
  const address = usePublicUrl() + trigger.path
  return (
    <div className="min-w-0 text-sm">
      <p className="font-medium">
        {titleOf(trigger)}
        {trigger.timezone && <span className="font-normal text-ink-3"> {trigger.timezone}</span>}
        {trigger.signature && (
          <span className="font-normal text-ink-3"> signed: {trigger.signature.kind}</span>
        )}
      </p>
      {trigger.path && (
        <p className="flex items-center gap-1">
          <code className="min-w-0 truncate font-mono text-xs">{address}</code>
          <CopyButton text={address} label="Copy address" />
        </p>
      )}
    </div>
  )
}
