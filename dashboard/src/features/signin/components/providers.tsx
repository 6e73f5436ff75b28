import { useQueryClient } from '@tanstack/react-query'
import { CircleCheck, CircleX } from 'lucide-react'
import { useState } from 'react'
import { FailureNote } from '@/components/failure'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { CopyButton } from '@/components/ui/copy-button'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import type { SignInProvider } from '@/lib/api/types'
import { notify } from '@/lib/notify'
import { useMe } from '@/lib/session'
import { usePublicUrl } from '@/lib/use-public-url'
import { type Kind, PROVIDERS } from '../provider'
import { ProviderDialog } from './provider-dialog'

/** The workspace's own ways to sign in, for admins. */
export function Providers() {
  const queries = useQueryClient()
  const query = $api.useQuery('get', '/api/admin/providers')
  const [editing, setEditing] = useState<Kind | null>(null)
  const [removing, setRemoving] = useState<SignInProvider | null>(null)
  const changed = () => queries.invalidateQueries({ queryKey: ['get', '/api/admin/providers'] })
  const remove = $api.useMutation('delete', '/api/admin/providers/{id}', {
    onSuccess: () => {
      setRemoving(null)
      notify('success', 'Removed. Accounts that came by it stay.')
      return changed()
    },
  })
  const { workspace } = useMe()
  const origin = usePublicUrl()
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows rows={4} label="Loading ways to sign in" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const have = query.data.data
  const link = `${origin}/login?workspace=${workspace.id}`
  return (
    <div className="grid gap-3">
      <Card className="overflow-hidden">
        <ul className="divide-y">
          {PROVIDERS.map((kind) => (
            <ProviderRow
              key={kind.id}
              kind={kind}
              provider={have.find(({ id }) => id === kind.id)}
              onEdit={() => setEditing(kind)}
              onRemove={setRemoving}
            />
          ))}
        </ul>
      </Card>
      {have.some(({ enabled }) => enabled) && (
        <Card className="px-4 py-3 text-sm">
          <p className="text-ink-2">Members sign in at this address; it shows the ways above.</p>
          <p className="mt-1 flex items-center gap-1">
            <code className="min-w-0 flex-1 break-all font-mono text-xs">{link}</code>
            <CopyButton text={link} label="Copy the address of sign-in" />
          </p>
        </Card>
      )}
      {editing && (
        <ProviderDialog
          kind={editing}
          provider={have.find(({ id }) => id === editing.id)}
          onClose={() => setEditing(null)}
          onSaved={() => {
            setEditing(null)
            return changed()
          }}
        />
      )}
      <ConfirmDialog
        open={removing !== null}
        onClose={() => setRemoving(null)}
        onConfirm={() => removing && remove.mutate({ params: { path: { id: removing.id } } })}
        pending={remove.isPending}
        title={`Remove ${removing?.name}?`}
        description="Nobody signs in by it any more, and its secret is forgotten. Accounts that came by it stay; sessions end in their time."
        confirmLabel="Remove"
      >
        {remove.error && <FailureNote error={remove.error} />}
      </ConfirmDialog>
    </div>
  )
}

interface ProviderRowProps {
  kind: Kind
  provider?: SignInProvider
  onEdit: () => void
  onRemove: (provider: SignInProvider) => void
}

function ProviderRow({ kind, provider, onEdit, onRemove }: ProviderRowProps) {
  const trial = $api.useMutation('post', '/api/admin/providers/{id}/test')
  return (
    <li className="grid gap-2 px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <div className="min-w-0 flex-1 basis-48">
          <p className="truncate font-medium text-sm">
            {provider?.name ?? kind.name}{' '}
            {provider && (provider.enabled ? <Badge tone="ok">On</Badge> : <Badge tone="warn">Off</Badge>)}
          </p>
          <p className="truncate text-ink-3 text-xs">{provider ? provider.issuer : 'Not set up'}</p>
        </div>
        {provider && (
          <>
            <Button
              size="sm"
              pending={trial.isPending}
              onClick={() => trial.mutate({ params: { path: { id: kind.id } } })}
            >
              Test
            </Button>
            <Button size="sm" variant="danger" onClick={() => onRemove(provider)}>
              Remove
            </Button>
          </>
        )}
        <Button size="sm" onClick={onEdit} aria-label={`${provider ? 'Change' : 'Set up'} ${kind.name}`}>
          {provider ? 'Change' : 'Set up'}
        </Button>
      </div>
      {trial.error && <FailureNote error={trial.error} />}
      {trial.data && (
        <div role="status">
          <ul className="grid gap-1 text-sm">
            {trial.data.data.map(({ what, ok, message }) => (
              <li key={what} className="flex gap-2">
                {ok ? (
                  <CircleCheck className="mt-0.5 size-4 shrink-0 text-ok" aria-label="Well" />
                ) : (
                  <CircleX className="mt-0.5 size-4 shrink-0 text-bad" aria-label="Wrong" />
                )}
                <span className="min-w-0 break-words">{message}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </li>
  )
}
