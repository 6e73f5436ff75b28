import { Link } from '@tanstack/react-router'
import { Hand } from 'lucide-react'
import { EmptyState } from '@/components/empty-state'
import { FailureNote } from '@/components/failure'
import { LoadMore } from '@/components/load-more'
import { Ago } from '@/components/time'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import type { Question } from '@/lib/api/types'
import { useInbox, useRunChanged } from '../api/queries'
import { ResolveForm } from './resolve-form'

/** All that waits for the person, each to be decided in place. */
export function Inbox() {
  const query = useInbox()
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows label="Loading what waits for you" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const questions = query.data.pages.flatMap(({ data }) => data)
  if (questions.length === 0)
    return (
      <Card>
        <EmptyState icon={Hand} title="Nothing waits for you">
          When a run asks for your approval, or lost the answer to a request, it shows here.
        </EmptyState>
      </Card>
    )
  return (
    <>
      <ul className="grid gap-4">
        {questions.map((question) => (
          <Entry key={`${question.executionId} ${question.path}`} question={question} />
        ))}
      </ul>
      <LoadMore {...query} />
    </>
  )
}

function Entry({ question }: { question: Question }) {
  const { executionId, workflowId, workflowName, path, kind, message, since, expiresAt, onBehalfOf } =
    question
  const changed = useRunChanged(executionId)
  return (
    <li>
      <Card className="p-4">
        <header className="mb-3 flex flex-wrap items-baseline gap-x-3 gap-y-0.5">
          <h2 className="min-w-0 break-words font-medium">
            <Link to="/runs/$id" params={{ id: executionId }} search={{ step: path }}>
              {workflowName || workflowId}
            </Link>
          </h2>
          <p className="break-all font-mono text-ink-3 text-xs">{path}</p>
          <p className="ml-auto text-ink-3 text-xs">
            waits since <Ago at={since} />
          </p>
        </header>
        {onBehalfOf && (
          <p className="mb-3 break-words text-ink-2 text-sm">You decide for {onBehalfOf.join(', ')}.</p>
        )}
        <ResolveForm
          runId={executionId}
          path={path}
          kind={kind}
          message={message}
          expiresAt={expiresAt}
          onResolved={changed}
        />
      </Card>
    </li>
  )
}
