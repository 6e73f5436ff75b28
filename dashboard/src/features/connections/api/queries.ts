import { useQueryClient } from '@tanstack/react-query'
import { $api } from '@/lib/api/client'
import { paged } from '@/lib/api/paging'
import type { Connection } from '@/lib/api/types'
import type { Whose } from '@/lib/sharing'
import { isReportPending } from '../report'

export function useConnections(owner?: Whose) {
  return $api.useInfiniteQuery(
    'get',
    '/api/apis',
    { params: { query: { limit: 50, ...(owner ? { owner } : {}) } } },
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
    { refetchInterval: ({ state }) => (state.data ? askAgainIn(state.data.data) : false) },
  )
}

/** An import shows its progress; a report that is made behind it may take a minute. */
function askAgainIn(connection: Connection): number | false {
  if (isImporting(connection)) return 700
  return isReportPending(connection) ? 3000 : false
}

/** What the validation report of a connection's document says, page by page. */
export function useFindings(id: string) {
  return $api.useInfiniteQuery(
    'get',
    '/api/apis/{id}/report',
    { params: { path: { id }, query: { limit: 50 } } },
    paged,
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
      queries.invalidateQueries({ queryKey: ['get', '/api/apis/{id}/report'] }),
    ])
}
