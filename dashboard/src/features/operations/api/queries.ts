import { keepPreviousData } from '@tanstack/react-query'
import { $api } from '@/lib/api/client'
import { paged } from '@/lib/api/paging'

/** A connection's operations: ranked by the server for a search, else in the document's order. */
export function useOperations(connection: string, q: string) {
  return $api.useInfiniteQuery(
    'get',
    '/api/apis/{id}/endpoints',
    { params: { path: { id: connection }, query: { limit: 100, ...(q ? { q } : {}) } } },
    {
      ...paged,
      placeholderData: keepPreviousData,
      staleTime: 60_000,
    },
  )
}

export function useOperation(connection: string, operationId: string) {
  return $api.useQuery(
    'get',
    '/api/apis/{id}/endpoints/{operationId}',
    { params: { path: { id: connection, operationId } } },
    { staleTime: 60_000 },
  )
}
