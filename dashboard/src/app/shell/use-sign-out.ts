import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { forgetConversations } from '@/features/chat/conversation'
import { $api } from '@/lib/api/client'
import { useMe } from '@/lib/session'

/** Ends the session and forgets everything of the person. */
export function useSignOut(): () => void {
  const { user } = useMe()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const logout = $api.useMutation('post', '/api/auth/logout', {
    onSettled: (answer) => {
      forgetConversations(user.id)
      queries.clear()
      // The provider that the session came by ends its own too, and leads back to the page of sign-in.
      const at = answer?.data.logoutUrl
      if (at) location.assign(at)
      else void navigate({ to: '/login' })
    },
  })
  return () => logout.mutate({})
}
