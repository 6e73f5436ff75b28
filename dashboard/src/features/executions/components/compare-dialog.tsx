import { useEffect } from 'react'
import { FailureNote } from '@/components/failure'
import { Badge, type Tone } from '@/components/ui/badge'
import { Dialog } from '@/components/ui/dialog'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import type { Comparison, Difference, ExecutionDetail } from '@/lib/api/types'

const tones: Record<string, Tone> = { same: 'ok', changed: 'warn', added: 'accent', missing: 'bad' }
const answers: Record<string, string> = {
  recorded: 'answered as then',
  matched: 'answered as another step then',
  twin: 'answered by the API’s document: nothing was recorded',
}

/** How a run would go by the newest version of its workflow, on the answers that it got. */
export function CompareDialog({ run, onClose }: { run: ExecutionDetail; onClose: () => void }) {
  const { mutate, data, error } = $api.useMutation('post', '/api/executions/{id}/compare')
  useEffect(() => mutate({ params: { path: { id: run.id } }, body: {} }), [mutate, run.id])
  return (
    <Dialog
      open
      onClose={onClose}
      title="By the newest version"
      description="The run is played on the answers that it got. No call leaves."
    >
      <div className="overflow-y-auto px-5 pb-4">
        {error ? (
          <FailureNote error={error} />
        ) : data ? (
          <Report of={data.data} />
        ) : (
          <SkeletonRows rows={3} label="Playing the run" />
        )}
      </div>
    </Dialog>
  )
}

function Report({ of }: { of: Comparison }) {
  const { was, is, same, output, outputUnknown, steps, assumed } = of
  return (
    <div className="grid gap-4 text-sm">
      <p className="font-medium">
        {same
          ? `Version ${is.version} does the same as version ${was.version} did.`
          : `Version ${was.version} ended ${was.status}; version ${is.version} ends ${is.status}${is.error ? ` with ${is.error}` : ''}.`}
      </p>
      {output.length > 0 && <Differences title="Output" of={output} />}
      {outputUnknown && <p>The output of the run was too large to be kept, and is not compared.</p>}
      {steps.length > 0 && (
        <ul aria-label="Calls" className="grid gap-2">
          {steps.map(({ path, request, answer, changes, masked }) => (
            <li key={path} className="grid gap-1">
              <span className="flex flex-wrap items-center gap-2">
                <Badge tone={tones[request]}>{request}</Badge>
                <code className="break-all font-mono text-xs">{path}</code>
                {answer && <span className="text-ink-3 text-xs">{answers[answer]}</span>}
              </span>
              {changes && <Differences title={`Request of ${path}`} of={changes} />}
              {masked && (
                <p className="text-ink-3 text-xs">
                  Its answer held secrets, which are masked: {masked.join(', ')}
                </p>
              )}
            </li>
          ))}
        </ul>
      )}
      {assumed.map((sentence) => (
        <p key={sentence} className="text-ink-2">
          {sentence}
        </p>
      ))}
    </div>
  )
}

const shown = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value))

function Differences({ title, of }: { title: string; of: Difference[] }) {
  return (
    <table className="w-full text-left text-xs">
      <caption className="text-left text-ink-3">{title}</caption>
      <tbody>
        {of.map(({ at, was, is }) => (
          <tr key={at} className="border-t align-top">
            <th scope="row" className="py-1 pr-3 font-mono font-normal">
              {at || 'all of it'}
            </th>
            <td className="break-all py-1 pr-3 font-mono text-bad">{shown(was)}</td>
            <td className="break-all py-1 font-mono text-ok">{shown(is)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
