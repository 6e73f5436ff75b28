import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useCallback } from 'react'

/** Has everything on the page asked anew, who one is among it: that is read on the way into a page, not on it. */
export function useRefreshMe(): () => Promise<void> {
  const queries = useQueryClient()
  const router = useRouter()
  return useCallback(async () => {
    await queries.invalidateQueries()
    await router.invalidate()
  }, [queries, router])
}
