import type { ReactNode } from 'react'
import { FailureNote } from '@/components/failure'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { $api } from '@/lib/api/client'
import { useMe } from '@/lib/session'

interface JoinProps {
  /** The invitation's token. */
  invite: string
  /** Where to go for who does not want to. */
  elsewhere: ReactNode
}

/** Takes an invitation with the account that one is signed in with. */
export function Join({ invite, elsewhere }: JoinProps) {
  const { user } = useMe()
  const enter = $api.useMutation('post', '/api/workspaces/{id}/switch', {
    // Everything that is on the page is of the workspace before: it is loaded anew.
    onSuccess: () => location.assign('/'),
  })
  const accept = $api.useMutation('post', '/api/invites/accept', {
    onSuccess: ({ data }) => enter.mutate({ params: { path: { id: data.id } } }),
  })
  const error = accept.error ?? enter.error
  return (
    <Card className="grid gap-4 p-5">
      <p className="wrap-anywhere text-sm">
        You were invited to a workspace. You join it as <strong>{user.email}</strong>; the invitation must be
        for this address. Your other workspaces stay as they are.
      </p>
      {error && <FailureNote error={error} />}
      <div className="flex flex-wrap gap-2">
        <Button
          variant="primary"
          pending={accept.isPending || enter.isPending}
          onClick={() => accept.mutate({ body: { token: invite } })}
        >
          Join
        </Button>
        {elsewhere}
      </div>
    </Card>
  )
}
