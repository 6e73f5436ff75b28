import { useQueryClient } from '@tanstack/react-query'
import { CircleAlert, Link2 } from 'lucide-react'
import { useState } from 'react'
import { EmptyState } from '@/components/empty-state'
import { FailureNote } from '@/components/failure'
import { ListRow } from '@/components/list-row'
import { Ago } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import type { LinkedIdentity } from '@/lib/api/types'
import { useMe } from '@/lib/session'
import { PROVIDERS } from '../provider'
import { refusal } from '../refusals'

const PATH = '/api/auth/identities'

interface IdentitiesProps {
  /** The provider whose identity was just linked. */
  linked?: string
  /** The server's code for a link that came to nothing. */
  notLinked?: string
}

function called(provider: string): string {
  if (provider === 'saml') return 'SAML'
  return PROVIDERS.find(({ id }) => id === provider)?.name ?? provider
}

/** The identities at providers that sign the person in. */
export function Identities({ linked, notLinked }: IdentitiesProps) {
  const queries = useQueryClient()
  const { workspace } = useMe()
  const query = $api.useQuery('get', PATH)
  const [removing, setRemoving] = useState<LinkedIdentity | null>(null)
  const remove = $api.useMutation('delete', '/api/auth/identities/{id}', {
    onSuccess: () => {
      setRemoving(null)
      return Promise.all(
        [PATH, '/api/auth/sessions'].map((path) => queries.invalidateQueries({ queryKey: ['get', path] })),
      )
    },
  })
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows rows={2} label="Loading the sign-in accounts" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const all = query.data.data
  return (
    <div className="grid gap-3">
      {linked && (
        <p role="status" className="rounded-md bg-ok-soft px-3 py-2 text-ok text-sm">
          {called(linked)} is linked: it signs you in from now on.
        </p>
      )}
      {notLinked && (
        <p role="alert" className="flex gap-2 rounded-md bg-bad-soft px-3 py-2 text-bad text-sm">
          <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
          {refusal(notLinked)}
        </p>
      )}
      <Card className="overflow-hidden">
        {all.length === 0 ? (
          <EmptyState icon={Link2} title="No sign-in account yet">
            Link an account that you have elsewhere, and it signs you in here.
          </EmptyState>
        ) : (
          <ul className="divide-y" aria-label="Sign-in accounts">
            {all.map((identity) => (
              <ListRow
                key={identity.id}
                title={
                  <>
                    {called(identity.provider)}{' '}
                    {identity.current && <Badge tone="outline">This session</Badge>}
                  </>
                }
                detail={
                  <>
                    {identity.email || identity.issuer} · since <Ago at={identity.createdAt} />
                    {identity.workspace !== '' &&
                      (identity.workspace === workspace.id
                        ? ` · ${workspace.name} only`
                        : ' · another workspace only')}
                  </>
                }
              >
                <Button
                  size="sm"
                  variant="danger"
                  aria-label={`Take ${called(identity.provider)} off`}
                  onClick={() => setRemoving(identity)}
                >
                  Take off
                </Button>
              </ListRow>
            ))}
          </ul>
        )}
        <LinkAnother />
      </Card>
      <ConfirmDialog
        open={removing !== null}
        onClose={() => {
          setRemoving(null)
          remove.reset()
        }}
        onConfirm={() => removing && remove.mutate({ params: { path: { id: removing.id } } })}
        pending={remove.isPending}
        title={`Take ${called(removing?.provider ?? '')} off?`}
        description="It signs you in no more, until you link it again. Sessions that came by it end, but for this one."
        confirmLabel="Take it off"
      >
        {remove.error && <FailureNote error={remove.error} />}
      </ConfirmDialog>
    </div>
  )
}

/** The providers that an identity can be linked at: the operator's, and the workspace's own. */
function LinkAnother() {
  const { workspace } = useMe()
  const everybodys = $api.useQuery('get', '/api/auth/providers')
  const own = $api.useQuery('get', '/api/auth/providers', { params: { query: { workspace: workspace.id } } })
  const link = $api.useMutation('post', PATH, { onSuccess: ({ data }) => location.assign(data.url) })
  const offered = [
    ...(everybodys.data?.data ?? []).map((choice) => ({ ...choice, workspace: undefined })),
    ...(own.data?.data ?? []).map((choice) => ({ ...choice, workspace: workspace.id })),
  ].filter(({ id, configured }) => configured && PROVIDERS.some((kind) => kind.id === id))
  return (
    <div className="grid gap-2 border-t bg-sunken px-4 py-2.5">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-0 flex-1 basis-48 text-ink-3 text-xs">
          {everybodys.isError || own.isError
            ? 'The providers could not be asked for. Reload to see them.'
            : offered.length > 0
              ? 'Whoever can sign in there can sign in here: link your own accounts only.'
              : 'No provider is set up here. Admins do that under Sign-in.'}
        </p>
        {offered.map(({ id, name, workspace: of }) => (
          <Button
            key={`${id} ${of}`}
            size="sm"
            pending={
              link.isPending && link.variables?.body.provider === id && link.variables.body.workspace === of
            }
            onClick={() => link.mutate({ body: { provider: id, workspace: of } })}
          >
            Link {name}
            {of && ` of ${workspace.name}`}
          </Button>
        ))}
      </div>
      {link.error && <FailureNote error={link.error} />}
    </div>
  )
}
