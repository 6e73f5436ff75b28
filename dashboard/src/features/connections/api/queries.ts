import { useQueryClient } from '@tanstack/react-query'
import { $api } from '@/lib/api/client'
import { paged } from '@/lib/api/paging'
import type { Connection } from '@/lib/api/types'

export function useConnections() {
  return $api.useInfiniteQuery(
    'get',
    '/api/apis',
    { params: { query: { limit: 50 } } },
    {
      ...paged,
      // An import in the background changes the list without us.
      refetchInterval: ({ state }) =>
        state.data?.pages.some(({ data }) => data.some(isImporting)) ? 1500 : false,
    },
  )
}

export function useConnection(id: string) {
  return $api.useQuery(
    'get',
    '/api/apis/{id}',
    { params: { path: { id } } },
    { refetchInterval: ({ state }) => (state.data && isImporting(state.data.data) ? 700 : false) },
  )
}

export function isImporting(connection: Connection): boolean {
  return connection.status === 'IMPORTING'
}

/** Forgets what is held on connections, after a change of one. */
export function useConnectionsChanged() {
  const queries = useQueryClient()
  return () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ['get', '/api/apis'] }),
      queries.invalidateQueries({ queryKey: ['get', '/api/apis/{id}'] }),
    ])
}
