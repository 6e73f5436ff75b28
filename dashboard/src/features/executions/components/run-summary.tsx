import { JsonView } from '@/components/json-view'
import { CopyButton } from '@/components/ui/copy-button'
import type { ExecutionDetail } from '@/lib/api/types'
import { UndoList } from './undo-list'

/** The run as a whole, while no step is chosen. */
export function RunSummary({ run }: { run: ExecutionDetail }) {
  return (
    <div className="grid gap-4 p-4">
      <h2 className="font-medium text-sm">The run</h2>
      {run.error && (
        <div className="rounded-lg bg-bad-soft px-4 py-3 text-sm">
          <p className="font-medium font-mono text-bad text-xs">{run.error.name}</p>
          <p className="mt-0.5 break-words">{run.error.cause}</p>
        </div>
      )}
      {run.undo && <UndoList undo={run.undo} />}
      {run.output !== undefined && run.output !== null && (
        <div className="grid gap-1.5">
          <h3 className="text-ink-3 text-xs">Output</h3>
          <JsonView value={run.output} label="output of the run" />
        </div>
      )}
      <div className="grid gap-1.5">
        <h3 className="text-ink-3 text-xs">Input</h3>
        <JsonView value={run.input ?? null} label="input of the run" />
      </div>
      <p className="flex items-center gap-1 text-ink-3 text-xs">
        <code className="break-all font-mono">{run.id}</code>
        <CopyButton text={run.id} label="Copy run id" />
      </p>
      <p className="text-ink-3 text-xs">Choose a step to see its request, response and attempts.</p>
    </div>
  )
}
