import { $api } from '@/lib/api/client'
import { paged } from '@/lib/api/paging'

/** Whom things of the workspace can be shared with. */
export function useColleagues() {
  return $api.useInfiniteQuery('get', '/api/members', { params: { query: { limit: 100 } } }, paged)
}
