import { useQueryClient } from '@tanstack/react-query'
import { RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { FailureNote } from '@/components/failure'
import { Button } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { Dialog } from '@/components/ui/dialog'
import { CheckField } from '@/components/ui/field'
import { $api } from '@/lib/api/client'
import type { Many } from '@/lib/api/types'
import { plural } from '@/lib/format'
import { notify } from '@/lib/notify'
import type { RunFilter } from '../api/queries'

interface RetryAllProps {
  filter: RunFilter & { status: 'FAILED' | 'CANCELLED' }
}

/** Lets all failed, or cancelled, runs of a list go on; what could not is told one by one. */
export function RetryAll({ filter }: RetryAllProps) {
  const [asking, setAsking] = useState(false)
  const queries = useQueryClient()
  const [anew, setAnew] = useState(false)
  const onSuccess = ({ data: { accepted, refused, next } }: { data: Many }) => {
    setAsking(false)
    if (refused.length === 0)
      notify('success', `${plural(accepted.length, 'run')} retried`, next && 'There are more: retry again.')
    return queries.invalidateQueries({ queryKey: ['get', '/api/executions'] })
  }
  const goOn = $api.useMutation('post', '/api/executions/retry', { onSuccess })
  const replay = $api.useMutation('post', '/api/executions/replay', { onSuccess })
  const retry = anew ? replay : goOn
  const done = retry.data?.data
  const words = filter.status.toLowerCase()
  return (
    <>
      <Button size="sm" onClick={() => setAsking(true)}>
        <RotateCcw aria-hidden /> Retry all {words}
      </Button>
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => retry.mutate({ body: filter })}
        pending={retry.isPending}
        title={`Retry all ${words} runs?`}
        description={`${filter.workflowId ? 'Those of this workflow' : 'Those of all workflows'} ${anew ? 'are run again as new runs' : 'go on from the step that stopped them'}, the newest first, 500 at most. Finished steps are ${anew ? 'done again, with what they do to the APIs' : 'not repeated'}.`}
        confirmLabel="Retry all"
      >
        <CheckField checked={anew} onChange={setAnew}>
          From the first step, as new runs
        </CheckField>
        {retry.error && <FailureNote error={retry.error} />}
      </ConfirmDialog>
      {done && done.refused.length > 0 && (
        <Dialog
          open
          onClose={retry.reset}
          title={`${plural(done.accepted.length, 'run')} retried, ${done.refused.length} refused`}
          description={done.next && 'There are more: retry again.'}
        >
          <ul className="grid gap-2 overflow-y-auto px-5 pb-4 text-sm">
            {done.refused.map(({ id, detail }) => (
              <li key={id}>
                <code className="break-all font-mono text-ink-3 text-xs">{id}</code>
                <p>{detail}</p>
              </li>
            ))}
          </ul>
        </Dialog>
      )}
    </>
  )
}
