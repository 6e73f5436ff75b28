import { Check, RotateCcw, X } from 'lucide-react'
import { useState } from 'react'
import { FailureNote } from '@/components/failure'
import { Button } from '@/components/ui/button'
import { Field, Input, Textarea } from '@/components/ui/field'
import { $api } from '@/lib/api/client'
import { formatDateTime } from '@/lib/format'

type Decision = 'approve' | 'reject' | 'retry' | 'done' | 'fail'

interface ResolveFormProps {
  runId: string
  path: string
  kind: 'approval' | 'unknown'
  message?: string
  /** When an approval's time runs out. */
  expiresAt?: string
  onResolved: () => void
}

/** A person's decision: an approval, or what became of a request whose answer was lost. */
export function ResolveForm({ runId, path, kind, message, expiresAt, onResolved }: ResolveFormProps) {
  const [comment, setComment] = useState('')
  const [output, setOutput] = useState('')
  const [fault, setFault] = useState<string>()
  const resolve = $api.useMutation('post', '/api/executions/{id}/steps/{stepId}/resolve', {
    onSuccess: onResolved,
  })
  const unknown = kind === 'unknown'

  function decide(decision: Decision) {
    let value: unknown
    if (decision === 'done' && output.trim()) {
      try {
        value = JSON.parse(output)
      } catch {
        setFault('Not valid JSON.')
        return
      }
    }
    setFault(undefined)
    resolve.mutate({
      params: { path: { id: runId, stepId: path } },
      body: {
        decision,
        ...(value === undefined ? {} : { output: value }),
        ...(comment.trim() ? { comment: comment.trim() } : {}),
      },
    })
  }

  return (
    <section
      aria-label="Decision"
      className="mb-4 grid gap-3 rounded-lg border border-warn/40 bg-warn-soft p-4"
    >
      <div>
        <h3 className="font-medium text-sm text-warn">
          {unknown ? 'What became of this request?' : 'Your approval is asked for'}
        </h3>
        <p className="mt-0.5 whitespace-pre-wrap text-sm">
          {message ||
            (unknown
              ? 'It was sent, but the answer was lost. Look at the other side, then say what happened.'
              : 'The run goes on when you approve.')}
        </p>
        {expiresAt && <p className="mt-1 text-ink-2 text-xs">Expires {formatDateTime(expiresAt)}.</p>}
      </div>
      <Field label="Comment" aside="optional">
        {(field) => <Input {...field} value={comment} onChange={(event) => setComment(event.target.value)} />}
      </Field>
      {unknown && (
        <Field label="Its output, if it happened" aside="JSON, optional" error={fault}>
          {(field) => (
            <Textarea
              {...field}
              className="font-mono text-xs"
              value={output}
              onChange={(event) => setOutput(event.target.value)}
            />
          )}
        </Field>
      )}
      {resolve.error && <FailureNote error={resolve.error} />}
      <div className="flex flex-wrap gap-2">
        {unknown ? (
          <>
            <Button pending={resolve.isPending} onClick={() => decide('done')}>
              <Check aria-hidden /> It happened
            </Button>
            <Button pending={resolve.isPending} onClick={() => decide('retry')}>
              <RotateCcw aria-hidden /> It did not: send it again
            </Button>
            <Button variant="danger" pending={resolve.isPending} onClick={() => decide('fail')}>
              <X aria-hidden /> Fail the step
            </Button>
          </>
        ) : (
          <>
            <Button variant="primary" pending={resolve.isPending} onClick={() => decide('approve')}>
              <Check aria-hidden /> Approve
            </Button>
            <Button variant="danger" pending={resolve.isPending} onClick={() => decide('reject')}>
              <X aria-hidden /> Reject
            </Button>
          </>
        )}
      </div>
    </section>
  )
}
