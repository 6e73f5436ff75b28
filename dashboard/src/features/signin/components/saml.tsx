import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { FailureNote } from '@/components/failure'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import { notify } from '@/lib/notify'
import { SamlDialog } from './saml-dialog'
import { ToCopy } from './to-copy'

/** The workspace's SAML provider, for admins. */
export function Saml() {
  const queries = useQueryClient()
  const query = $api.useQuery('get', '/api/admin/saml')
  const [open, setOpen] = useState<'edit' | 'remove' | null>(null)
  const changed = () => {
    setOpen(null)
    return queries.invalidateQueries({ queryKey: ['get', '/api/admin/saml'] })
  }
  const remove = $api.useMutation('delete', '/api/admin/saml', {
    onSuccess: () => {
      notify('success', 'Removed. Accounts that came by it stay.')
      return changed()
    },
  })
  if (query.isPending)
    return (
      <Card className="mt-3">
        <SkeletonRows rows={2} label="Loading SAML" />
      </Card>
    )
  if (query.isError)
    return <FailureNote error={query.error} onRetry={() => query.refetch()} className="mt-3" />
  const saml = query.data.data
  return (
    <Card className="mt-3 grid gap-3 px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <div className="min-w-0 flex-1 basis-48">
          <p className="truncate font-medium text-sm">
            SAML 2.0{' '}
            {saml.configured && (saml.enabled ? <Badge tone="ok">On</Badge> : <Badge tone="warn">Off</Badge>)}
          </p>
          <p className="truncate text-ink-3 text-xs">
            {saml.configured ? saml.provider.entityId : 'Not set up'}
          </p>
        </div>
        {saml.configured && (
          <Button size="sm" variant="danger" onClick={() => setOpen('remove')}>
            Remove
          </Button>
        )}
        <Button
          size="sm"
          onClick={() => setOpen('edit')}
          aria-label={`${saml.configured ? 'Change' : 'Set up'} SAML`}
        >
          {saml.configured ? 'Change' : 'Set up'}
        </Button>
      </div>
      {saml.configured && saml.enabled && (
        <ToCopy label="Members start here; give the provider's tile this address" text={saml.startUrl} />
      )}
      {open === 'edit' && <SamlDialog saml={saml} onClose={() => setOpen(null)} onSaved={changed} />}
      <ConfirmDialog
        open={open === 'remove'}
        onClose={() => setOpen(null)}
        onConfirm={() => remove.mutate({})}
        pending={remove.isPending}
        title="Remove SAML?"
        description="Nobody signs in by it any more. Accounts that came by it stay; sessions end in their time."
        confirmLabel="Remove"
      >
        {remove.error && <FailureNote error={remove.error} />}
      </ConfirmDialog>
    </Card>
  )
}
