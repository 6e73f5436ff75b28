import { useEffect, useRef } from 'react'
import { FailureNote } from '@/components/failure'
import { Button } from '@/components/ui/button'
import { Skeleton } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import { useConnection, useConnectionsChanged } from '../api/queries'
import { Account } from './account'
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
  const status = useConnection(id).data?.data.status
  const ready = status !== undefined && status !== 'NEEDS_AUTHORISATION'

  useEffect(() => {
    if (asked.current || !ready) return
    asked.current = true
    mutate({ params: { path: { id } } })
  }, [id, mutate, ready])

  if (status === 'NEEDS_AUTHORISATION') return <ConnectFirst id={id} onBack={onBack} onFinish={onFinish} />
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

/** Without an account there is nothing to test with. */
function ConnectFirst({ id, onBack, onFinish }: TestStepProps) {
  const connection = useConnection(id).data?.data
  return (
    <div className="grid gap-5">
      <div>
        <h2 className="font-semibold text-md">Connect your account</h2>
        <p className="text-ink-2 text-sm">
          {connection?.auth.oauth?.grant === 'device_code'
            ? 'You enter a code at the provider, on any device.'
            : 'The provider asks you in a window of its own.'}{' '}
          What it gives is stored sealed.
        </p>
      </div>
      {connection && <Account connection={connection} />}
      <footer className="flex flex-wrap justify-end gap-2">
        <Button onClick={onBack}>Change address or sign-in</Button>
        <Button variant="primary" onClick={onFinish}>
          Later
        </Button>
      </footer>
    </div>
  )
}
