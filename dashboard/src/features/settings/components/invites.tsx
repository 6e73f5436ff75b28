import { useQueryClient } from '@tanstack/react-query'
import { FailureNote } from '@/components/failure'
import { ListRow } from '@/components/list-row'
import { LoadMore } from '@/components/load-more'
import { Ago } from '@/components/time'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { $api } from '@/lib/api/client'
import { paged } from '@/lib/api/paging'
import { InviteLink } from './invite-link'

/** Invitations that nobody has taken yet; nothing where there are none. */
export function Invites() {
  const queries = useQueryClient()
  const query = $api.useInfiniteQuery(
    'get',
    '/api/users/invites',
    { params: { query: { limit: 50 } } },
    paged,
  )
  const again = { onSuccess: () => queries.invalidateQueries({ queryKey: ['get', '/api/users/invites'] }) }
  const resend = $api.useMutation('post', '/api/users/invites/{id}/resend', again)
  const revoke = $api.useMutation('delete', '/api/users/invites/{id}', again)
  if (query.isPending) return null
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const open = query.data.pages.flatMap(({ data }) => data)
  const error = resend.error ?? revoke.error
  const token = resend.data?.data.token
  if (open.length === 0 && !error) return null
  return (
    <div className="grid gap-3">
      <h3 className="font-medium text-sm">Open invitations</h3>
      {error && <FailureNote error={error} />}
      {token && <InviteLink token={token} />}
      <Card className="overflow-hidden">
        <ul className="divide-y">
          {open.map((invite) => (
            <ListRow
              key={invite.id}
              title={invite.email}
              detail={
                <>
                  {invite.role.toLowerCase()} · invited <Ago at={invite.createdAt} />
                </>
              }
            >
              <Button
                size="sm"
                disabled={resend.isPending || revoke.isPending}
                aria-label={`Send the invitation of ${invite.email} again`}
                onClick={() => resend.mutate({ params: { path: { id: invite.id } } })}
              >
                Send again
              </Button>
              <Button
                size="sm"
                disabled={resend.isPending || revoke.isPending}
                aria-label={`Take the invitation of ${invite.email} back`}
                onClick={() => revoke.mutate({ params: { path: { id: invite.id } } })}
              >
                Take back
              </Button>
            </ListRow>
          ))}
        </ul>
        <LoadMore {...query} />
      </Card>
    </div>
  )
}
