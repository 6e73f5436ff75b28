import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { FailureNote } from '@/components/failure'
import { Ago } from '@/components/time'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { CopyButton } from '@/components/ui/copy-button'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import { notify } from '@/lib/notify'
import { usePublicUrl } from '@/lib/use-public-url'
import { DirectoryRoles } from './directory-roles'
import { ToCopy } from './to-copy'

/** What a client of SCIM 2.0 needs, and what its groups give, for admins. */
export function Directory() {
  const queries = useQueryClient()
  const query = $api.useQuery('get', '/api/admin/scim')
  const [revoking, setRevoking] = useState<{ id: string; hint: string } | null>(null)
  const changed = () => queries.invalidateQueries({ queryKey: ['get', '/api/admin/scim'] })
  const create = $api.useMutation('post', '/api/admin/scim/token', { onSuccess: changed })
  const revoke = $api.useMutation('delete', '/api/admin/scim/token/{id}', {
    onSuccess: () => {
      setRevoking(null)
      create.reset()
      notify('success', 'Revoked. The directory changes nothing by it any more.')
      return changed()
    },
  })
  const origin = usePublicUrl()
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows rows={3} label="Loading the directory" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const directory = query.data.data
  const made = create.data?.data
  return (
    <div className="grid gap-3">
      <Card className="grid gap-3 px-4 py-3">
        <ToCopy label="Base URL, tenant URL" text={`${origin}${directory.path}`} />
        {directory.tokens.length === 0 ? (
          <p className="text-ink-3 text-sm">No token yet: no directory keeps the members here.</p>
        ) : (
          <ul aria-label="Tokens of the directory" className="divide-y">
            {directory.tokens.map(({ id, hint, createdAt }) => (
              <li key={id} className="flex flex-wrap items-center gap-3 py-2 text-sm">
                <span className="min-w-0 flex-1">
                  <code className="font-mono text-xs">…{hint}</code>{' '}
                  <span className="text-ink-3">
                    made <Ago at={createdAt} />
                  </span>
                </span>
                <Button size="sm" variant="danger" onClick={() => setRevoking({ id, hint })}>
                  Revoke
                </Button>
              </li>
            ))}
          </ul>
        )}
        {made && directory.tokens.some(({ id }) => id === made.id) && (
          <div role="status" className="rounded-md bg-ok-soft px-3 py-2 text-sm">
            <p className="text-ok">Give the directory this token. It is shown once.</p>
            <p className="mt-1 flex items-center gap-1">
              <code className="min-w-0 flex-1 break-all font-mono text-xs">{made.token}</code>
              <CopyButton text={made.token} label="Copy the token" />
            </p>
          </div>
        )}
        {create.error && <FailureNote error={create.error} />}
        <div>
          <Button size="sm" pending={create.isPending} onClick={() => create.mutate({})}>
            Make a token
          </Button>
        </div>
      </Card>
      <DirectoryRoles directory={directory} onSaved={changed} />
      <ConfirmDialog
        open={revoking !== null}
        onClose={() => setRevoking(null)}
        onConfirm={() => revoking && revoke.mutate({ params: { path: { id: revoking.id } } })}
        pending={revoke.isPending}
        title={`Revoke the token …${revoking?.hint}?`}
        description="A directory that still uses it can neither add nor deactivate anybody. Members stay as they are."
        confirmLabel="Revoke"
      >
        {revoke.error && <FailureNote error={revoke.error} />}
      </ConfirmDialog>
    </div>
  )
}
