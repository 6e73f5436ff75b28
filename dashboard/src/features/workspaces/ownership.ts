import { useMe } from '@/lib/session'

/** The one who owns the workspace is asked for what only they may do; of one without an owner the server knows who. */
export function useOwns(): boolean {
  const { user, workspace } = useMe()
  return !workspace.ownerId || workspace.ownerId === user.id
}
