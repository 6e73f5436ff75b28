import { CircleAlert, CircleCheck, ExternalLink, KeyRound } from 'lucide-react'
import { useEffect, useState } from 'react'
import { FailureNote } from '@/components/failure'
import { Button, buttonClass } from '@/components/ui/button'
import { CopyButton } from '@/components/ui/copy-button'
import { $api } from '@/lib/api/client'
import type { Connection } from '@/lib/api/types'
import { useCan } from '@/lib/session'
import { useConnectionsChanged } from '../api/queries'
import { type Outcome, useAuthorise } from '../authorise'

const ENDS: Record<Outcome, string> = {
  connected: 'The account is connected.',
  denied: 'Access was not granted. Connect again, and agree to what is asked.',
  expired: 'The time for connecting is over, or the link was used before. Begin again.',
  signed_out: 'Nobody was signed in where you came back. Sign in there, then begin again.',
  another: 'You came back in another browser or session than this one. Begin again here.',
  changed: 'The connection was changed meanwhile. Look at it, then begin again.',
  provider: 'The provider refused the request. Check the client and the scopes, then begin again.',
  unreachable: 'The provider did not answer. Begin again in a moment.',
  configuration:
    'The provider does not accept the client. Check its id and secret, the redirect address there, and the addresses here.',
}

/** Connects an account: says what is the matter, and where the person is on the way. */
export function Authorise({ connection }: { connection: Connection }) {
  const mayChange = useCan('change')
  if (connection.authType !== 'OAUTH' || !mayChange) return null
  const grant = connection.auth.oauth?.grant ?? 'authorization_code'
  if (grant === 'device_code') return <ByDevice connection={connection} />
  return grant === 'authorization_code' ? <ByPopUp connection={connection} /> : null
}

function ByPopUp({ connection }: { connection: Connection }) {
  const { way, begin, reset } = useAuthorise(connection)
  const again = connection.account !== undefined
  return (
    <div className="grid gap-2">
      {way.state === 'waiting' ? (
        <div role="status" className="grid gap-2 rounded-md border bg-sunken px-3 py-2 text-sm">
          <p>
            {way.blocked
              ? 'Your browser opened no window. Open the provider’s page yourself:'
              : 'Waiting for you at the provider, in the other window.'}
          </p>
          <div className="flex flex-wrap gap-2">
            <a
              href={way.url}
              target="_blank"
              rel="noopener noreferrer"
              className={buttonClass({ size: 'sm', variant: way.blocked ? 'primary' : undefined })}
            >
              <ExternalLink aria-hidden /> Open the provider’s page
            </a>
            <Button size="sm" variant="ghost" onClick={reset}>
              Give up
            </Button>
          </div>
        </div>
      ) : (
        <div>
          <Button
            variant={again ? 'secondary' : 'primary'}
            size="sm"
            pending={way.state === 'starting'}
            onClick={() => void begin()}
          >
            {way.state !== 'starting' && <KeyRound aria-hidden />}
            {again ? 'Connect again' : 'Connect account'}
          </Button>
        </div>
      )}
      {way.state === 'ended' && <End outcome={way.outcome} />}
      {way.state === 'failed' && <FailureNote error={way.error} onRetry={() => void begin()} />}
    </div>
  )
}

function End({ outcome }: { outcome: Outcome }) {
  const ok = outcome === 'connected'
  const Icon = ok ? CircleCheck : CircleAlert
  return (
    <p role="status" className={`flex gap-2 text-sm ${ok ? 'text-ok' : 'text-warn'}`}>
      <Icon className="mt-0.5 size-4 shrink-0" aria-hidden />
      {ENDS[outcome] ?? ENDS.expired}
    </p>
  )
}

function ByDevice({ connection }: { connection: Connection }) {
  const path = { params: { path: { id: connection.id } } }
  const changed = useConnectionsChanged()
  const start = $api.useMutation('post', '/api/apis/{id}/oauth/device')
  const poll = $api.useMutation('post', '/api/apis/{id}/oauth/device/poll')
  const [outcome, setOutcome] = useState<Outcome | null>(null)
  const code = start.data?.data
  const state = poll.data?.data
  const { mutate } = poll

  useEffect(() => {
    if (!code || outcome) return
    if (state && state.status !== 'pending') {
      setOutcome(state.status)
      void changed()
      return
    }
    const wait = (state?.retryAfterSeconds ?? code.intervalSeconds) * 1_000
    const timer = setTimeout(() => mutate({ params: { path: { id: connection.id } } }), wait)
    return () => clearTimeout(timer)
  }, [code, state, outcome, mutate, changed, connection.id])

  return (
    <div className="grid gap-2">
      {code && !outcome ? (
        <div role="status" className="grid gap-2 rounded-md border bg-sunken px-3 py-2 text-sm">
          <p>Enter this code at the provider, on any device:</p>
          <p className="flex items-center gap-1">
            <code className="font-mono text-lg tracking-widest">{code.userCode}</code>
            <CopyButton text={code.userCode} label="Copy code" />
          </p>
          <a
            href={code.verificationUriComplete ?? code.verificationUri}
            target="_blank"
            rel="noopener noreferrer"
            className="inline-flex items-center gap-1 text-accent"
          >
            {code.verificationUri} <ExternalLink className="size-3.5" aria-hidden />
          </a>
        </div>
      ) : (
        <div>
          <Button
            variant={connection.account ? 'secondary' : 'primary'}
            size="sm"
            pending={start.isPending}
            onClick={() => {
              setOutcome(null)
              poll.reset()
              start.mutate(path)
            }}
          >
            {!start.isPending && <KeyRound aria-hidden />}
            {connection.account ? 'Connect again' : 'Get a code'}
          </Button>
        </div>
      )}
      {outcome && <End outcome={outcome} />}
      {start.error && <FailureNote error={start.error} />}
      {poll.error && <FailureNote error={poll.error} />}
    </div>
  )
}
