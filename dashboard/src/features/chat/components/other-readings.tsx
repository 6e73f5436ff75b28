import { Minus, Plus } from 'lucide-react'
import { FailureNote } from '@/components/failure'
import { Method } from '@/components/method'
import { Button } from '@/components/ui/button'
import { $api } from '@/lib/api/client'
import type { Alternative, Plan, Reading } from '@/lib/api/types'
import { readingKeys } from '../plan'

interface OtherReadingsProps {
  alternatives: Alternative[]
  /** One was taken; the plan of it is the conversation's next. */
  onTaken: (alternative: Alternative, plan: Plan) => void
}

/** What else the goal may mean, each with what it does otherwise, to be taken instead. */
export function OtherReadings({ alternatives, onTaken }: OtherReadingsProps) {
  const chat = $api.useMutation('post', '/api/chat')
  const asked = chat.variables?.body?.alternative

  function take(alternative: Alternative) {
    chat.mutate(
      { body: { alternative: alternative.id } },
      { onSuccess: ({ data }) => onTaken(alternative, data as Plan) },
    )
  }

  return (
    <section aria-label="Other readings" className="grid gap-3 border-t px-4 py-4">
      <div>
        <h3 className="font-medium text-sm">Other readings</h3>
        <p className="text-ink-2 text-sm">Your goal may mean one of these as well.</p>
      </div>
      <ul className="grid gap-2">
        {alternatives.map((alternative) => {
          const taking = chat.isPending && asked === alternative.id
          return (
            <li key={alternative.id} className="grid gap-2 rounded-md border p-3">
              <div className="flex items-start gap-3">
                <p className="min-w-0 flex-1 text-sm">{alternative.title}</p>
                <Button
                  size="sm"
                  pending={taking}
                  disabled={chat.isPending && !taking}
                  aria-label={`Use this: ${alternative.title}`}
                  onClick={() => take(alternative)}
                >
                  Use this
                </Button>
              </div>
              <Differences alternative={alternative} />
              <p className="num text-ink-3 text-xs">
                {Math.round(alternative.likelihood * 100)} % likely to be what you mean
              </p>
              {chat.error && asked === alternative.id && <FailureNote error={chat.error} />}
            </li>
          )
        })}
      </ul>
      <p role="status" className="sr-only">
        {chat.isPending && 'Checking this reading…'}
      </p>
    </section>
  )
}

function Differences({ alternative: { added, leftOut, reordered } }: { alternative: Alternative }) {
  return (
    <ul aria-label="What is different" className="grid gap-1 text-sm">
      {readingKeys(added).map(([key, reading]) => (
        <li key={key} className="flex gap-2">
          <Plus className="mt-1 size-3.5 shrink-0 text-ok" aria-hidden />
          <Step word="Adds" reading={reading} />
        </li>
      ))}
      {readingKeys(leftOut).map(([key, reading]) => (
        <li key={key} className="flex gap-2">
          <Minus className="mt-1 size-3.5 shrink-0 text-bad" aria-hidden />
          <Step word="Leaves out" reading={reading} />
        </li>
      ))}
      {reordered && <li className="pl-5.5 text-ink-2">Does the same in another order</li>}
    </ul>
  )
}

function Step({ word, reading }: { word: string; reading: Reading }) {
  return (
    <span className="min-w-0">
      <span className="text-ink-2">{word}</span> {reading.summary}
      {reading.method && (
        <span className="ml-2 inline-flex flex-wrap items-baseline gap-x-1.5">
          <Method method={reading.method} className="w-auto" />
          <code className="break-all font-mono text-ink-2 text-xs">{reading.path}</code>
          <span className="text-ink-3 text-xs">{reading.connectionName}</span>
        </span>
      )}
    </span>
  )
}
