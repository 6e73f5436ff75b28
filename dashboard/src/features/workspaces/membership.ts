import { useEffect } from 'react'
import { $api } from '@/lib/api/client'

/** Tells the other tabs of the browser, which have the same session, that it is in another workspace. */
const CHANNEL = 'apiq-workspace'

let leaving = false

/** Everything that is on a page is of the workspace before: all is loaded anew. Once: the tab that moves hears of it too. */
function startOver(): void {
  if (leaving) return
  leaving = true
  location.assign('/')
}

export function useWorkspaces() {
  return $api.useQuery('get', '/api/workspaces')
}

/** Moves the session, and with it every tab of the browser, to another workspace. */
export function useEnterWorkspace() {
  const enter = $api.useMutation('post', '/api/workspaces/{id}/switch', {
    onSuccess: () => {
      const channel = new BroadcastChannel(CHANNEL)
      channel.postMessage(null)
      channel.close()
      startOver()
    },
  })
  return { ...enter, enter: (id: string) => enter.mutate({ params: { path: { id } } }) }
}

/** Follows a move that another tab made. */
export function useFollowMoves(): void {
  useEffect(() => {
    const channel = new BroadcastChannel(CHANNEL)
    channel.onmessage = startOver
    return () => channel.close()
  }, [])
}
