import { useQueryClient } from '@tanstack/react-query'
import { Ban, Download, Ellipsis, GitCompare, Play, RotateCcw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { FailureNote } from '@/components/failure'
import { Button, buttonClass } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import { $api, api } from '@/lib/api/client'
import type { ExecutionDetail } from '@/lib/api/types'
import { notify } from '@/lib/notify'
import { saveFile } from '@/lib/save-file'
import { useCan } from '@/lib/session'
import { isEnded } from '../api/queries'
import { CompareDialog } from './compare-dialog'
import { ReplayDialog } from './replay-dialog'

interface RunActionsProps {
  run: ExecutionDetail
  onRetried: () => void
  onChanged: () => void
  onStarted: (id: string) => void
  onRemoved: () => void
}

export function RunActions({ run, onRetried, onChanged, onStarted, onRemoved }: RunActionsProps) {
  const [asking, setAsking] = useState<'cancel' | 'replay' | 'compare' | 'remove'>()
  const [unsaved, setUnsaved] = useState<unknown>(null)
  const queries = useQueryClient()
  const close = () => setAsking(undefined)
  const path = { params: { path: { id: run.id } } }
  const cancel = $api.useMutation('post', '/api/executions/{id}/cancel', {
    onSuccess: () => {
      close()
      onChanged()
    },
  })
  const retry = $api.useMutation('post', '/api/executions/{id}/retry', { onSuccess: onRetried })
  const remove = $api.useMutation('delete', '/api/executions/{id}', {
    onSuccess: () => {
      notify('success', 'The run was removed')
      onRemoved()
      return queries.invalidateQueries({ queryKey: ['get', '/api/executions'] })
    },
  })
  const mayChange = useCan('change')

  async function save() {
    const { data, error } = await api
      .GET('/api/executions/{id}/export', { ...path, parseAs: 'text' })
      .catch((failed: unknown) => ({ data: undefined, error: failed }))
    setUnsaved(error ?? null)
    if (data !== undefined) saveFile(`${run.id}.json`, String(data))
  }

  return (
    <>
      {mayChange && (run.status === 'CANCELLED' || (run.status === 'FAILED' && !run.undo)) && (
        <Button variant="primary" pending={retry.isPending} onClick={() => retry.mutate(path)}>
          {!retry.isPending && <RotateCcw aria-hidden />}
          Retry from the failed step
        </Button>
      )}
      {mayChange && !isEnded(run) && (
        <Button variant="danger" onClick={() => setAsking('cancel')}>
          <Ban aria-hidden /> Cancel run
        </Button>
      )}
      <Menu
        label="More actions"
        triggerClassName={buttonClass({ size: 'icon' })}
        trigger={<Ellipsis aria-hidden />}
      >
        {mayChange && (
          <MenuItem onSelect={() => setAsking('replay')}>
            <Play aria-hidden /> Run again with…
          </MenuItem>
        )}
        <MenuItem onSelect={() => void save()}>
          <Download aria-hidden /> Download the run
        </MenuItem>
        {mayChange && isEnded(run) && (
          <>
            <MenuItem onSelect={() => setAsking('compare')}>
              <GitCompare aria-hidden /> Compare with the newest version
            </MenuItem>
            <MenuSeparator />
            <MenuItem danger onSelect={() => setAsking('remove')}>
              <Trash2 aria-hidden /> Remove run
            </MenuItem>
          </>
        )}
      </Menu>
      {retry.error && <FailureNote error={retry.error} className="basis-full" />}
      {unsaved !== null && <FailureNote error={unsaved} className="basis-full" />}
      {asking === 'compare' && <CompareDialog run={run} onClose={close} />}
      {asking === 'replay' && <ReplayDialog run={run} onClose={close} onStarted={onStarted} />}
      <ConfirmDialog
        open={asking === 'cancel'}
        onClose={close}
        onConfirm={() => cancel.mutate(path)}
        pending={cancel.isPending}
        title="Cancel this run?"
        description="It stops before its next request. A request that is on its way is not cut; its outcome is recorded."
        confirmLabel="Cancel run"
      >
        {cancel.error && <FailureNote error={cancel.error} />}
      </ConfirmDialog>
      <ConfirmDialog
        open={asking === 'remove'}
        onClose={close}
        onConfirm={() => remove.mutate(path)}
        pending={remove.isPending}
        title="Remove this run?"
        description="Its log, requests and answers are deleted for good. What it did in the APIs stays; so does the audit trail."
        confirmLabel="Remove"
      >
        {remove.error && <FailureNote error={remove.error} />}
      </ConfirmDialog>
    </>
  )
}
