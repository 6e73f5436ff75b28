import { useQueryClient } from '@tanstack/react-query'
import { $api } from '@/lib/api/client'
import { paged } from '@/lib/api/paging'

export function useTriggers(workflow: string) {
  return $api.useInfiniteQuery(
    'get',
    '/api/workflows/{id}/triggers',
    { params: { path: { id: workflow }, query: { limit: 50 } } },
    paged,
  )
}

/** What reached a trigger, asked again while it is looked at. */
export function useDeliveries(workflow: string, trigger: string) {
  return $api.useInfiniteQuery(
    'get',
    '/api/workflows/{id}/triggers/{triggerId}/deliveries',
    { params: { path: { id: workflow, triggerId: trigger }, query: { limit: 20 } } },
    { ...paged, refetchInterval: 5000 },
  )
}

export function useTriggersChanged() {
  const queries = useQueryClient()
  return () => queries.invalidateQueries({ queryKey: ['get', '/api/workflows/{id}/triggers'] })
}
