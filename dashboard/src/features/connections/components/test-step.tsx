import { useEffect, useRef } from 'react'
import { FailureNote } from '@/components/failure'
import { Button } from '@/components/ui/button'
import { Skeleton } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import { useConnectionsChanged } from '../api/queries'
import { TestResult } from './test-result'

interface TestStepProps {
  id: string
  onBack: () => void
  onFinish: () => void
}

/** Makes the test call at once: the person came here for its result. */
export function TestStep({ id, onBack, onFinish }: TestStepProps) {
  const changed = useConnectionsChanged()
  const { mutate, ...test } = $api.useMutation('post', '/api/apis/{id}/test', { onSettled: changed })
  const asked = useRef(false)

  useEffect(() => {
    if (asked.current) return
    asked.current = true
    mutate({ params: { path: { id } } })
  }, [id, mutate])

  return (
    <div className="grid gap-5">
      <div>
        <h2 className="font-semibold text-md">Does it answer?</h2>
        <p className="text-ink-2 text-sm">
          One safe call with what you entered. Nothing is changed at the API.
        </p>
      </div>
      {test.isPending || test.isIdle ? (
        <div role="status" aria-label="Testing the connection">
          <Skeleton className="h-20" />
        </div>
      ) : test.isError ? (
        <FailureNote error={test.error} onRetry={() => mutate({ params: { path: { id } } })} />
      ) : (
        <TestResult result={test.data.data} />
      )}
      <footer className="flex flex-wrap justify-end gap-2">
        <Button onClick={onBack}>Change address or sign-in</Button>
        <Button onClick={() => mutate({ params: { path: { id } } })} pending={test.isPending}>
          Test again
        </Button>
        <Button variant="primary" onClick={onFinish}>
          Done
        </Button>
      </footer>
    </div>
  )
}
