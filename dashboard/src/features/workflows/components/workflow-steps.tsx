import { Card } from '@/components/ui/card'
import { cn } from '@/lib/cn'
import { documentSteps } from '@/lib/document'

const indents = ['', 'ml-6', 'ml-12', 'ml-18']

/** The document's steps in order, indented as they nest. */
export function WorkflowSteps({ definition, names }: { definition: unknown; names: Map<string, string> }) {
  return (
    <Card>
      <ol className="divide-y px-4">
        {documentSteps(definition).map((step, index) => (
          <li
            key={step.id || index}
            className={cn('flex items-baseline gap-3 py-2.5', indents[Math.min(step.depth, 3)])}
          >
            <span className="num w-5 shrink-0 font-mono text-ink-3 text-xs">{index + 1}</span>
            <div className="min-w-0 flex-1">
              <p className="flex flex-wrap items-baseline gap-x-2">
                {step.lane && (
                  <span className="rounded-sm bg-hover px-1 text-ink-3 text-xs">{step.lane}</span>
                )}
                <span className="font-medium text-sm">{step.name ?? step.id}</span>
                <code className="font-mono text-ink-3 text-xs">{step.type}</code>
              </p>
              {step.operation && (
                <p className="break-all font-mono text-ink-2 text-xs">
                  {step.connection && (names.get(step.connection) ?? step.connection)} · {step.operation}
                </p>
              )}
            </div>
          </li>
        ))}
      </ol>
    </Card>
  )
}
