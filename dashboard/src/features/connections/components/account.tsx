import { useState } from 'react'
import { FailureNote } from '@/components/failure'
import { Ago } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { $api } from '@/lib/api/client'
import type { Connection } from '@/lib/api/types'
import { notify } from '@/lib/notify'
import { useCan } from '@/lib/session'
import { useConnectionsChanged } from '../api/queries'
import { Authorise } from './authorise'

/** Whose grant a connection holds, what it may do, until when, and the ways to change that. */
export function Account({ connection }: { connection: Connection }) {
  const { account } = connection
  return (
    <div className="grid gap-3">
      {account ? (
        <div className="grid gap-1 text-sm">
          <p className="flex flex-wrap items-center gap-2">
            <span className="font-medium">{account.email ?? 'An account'}</span>
            <span className="text-ink-3">at {account.provider}</span>
            {account.fault && <Badge tone="bad">Connect again</Badge>}
          </p>
          {account.fault && <p className="text-bad">{account.fault}</p>}
          <p className="text-ink-2">
            {account.expiresAt ? (
              <>
                Its token ends <Ago at={account.expiresAt} />
                {account.renews ? ' and is renewed before.' : '. It cannot be renewed.'}
              </>
            ) : (
              'The provider does not say when its token ends.'
            )}
          </p>
          {account.scopes && (
            <ul className="flex flex-wrap gap-1" aria-label="Scopes">
              {account.scopes.map((scope) => (
                <li key={scope}>
                  <Badge tone="outline">
                    <code className="break-all font-mono text-2xs">{scope}</code>
                  </Badge>
                </li>
              ))}
            </ul>
          )}
        </div>
      ) : (
        <p className="text-ink-2 text-sm">No account is connected yet.</p>
      )}
      <Authorise connection={connection} />
      {account && connection.authType === 'OAUTH' && <Disconnect connection={connection} />}
    </div>
  )
}

function Disconnect({ connection }: { connection: Connection }) {
  const [asking, setAsking] = useState(false)
  const changed = useConnectionsChanged()
  const disconnect = $api.useMutation('post', '/api/apis/{id}/oauth/disconnect', {
    onSuccess: ({ data }) => {
      notify(data.revoked === false ? 'warning' : 'success', 'The account is disconnected', data.detail)
      setAsking(false)
      return changed()
    },
  })
  if (!useCan('change')) return null
  return (
    <div>
      <Button size="sm" variant="ghost" onClick={() => setAsking(true)}>
        Disconnect
      </Button>
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => disconnect.mutate({ params: { path: { id: connection.id } } })}
        pending={disconnect.isPending}
        title={`Disconnect ${connection.account?.email ?? 'the account'}?`}
        description="The grant is taken back at the provider where that is possible, and erased here. Workflows that use it will fail."
        confirmLabel="Disconnect"
      >
        {disconnect.error && <FailureNote error={disconnect.error} />}
      </ConfirmDialog>
    </div>
  )
}
