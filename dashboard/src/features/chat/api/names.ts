import { $api } from '@/lib/api/client'

/** The connections that a plan may use; the first hundred. */
export function useConnectionChoices() {
  return $api.useQuery('get', '/api/apis', { params: { query: { limit: 100 } } })
}

/** Names of connections by their ids. */
export function useConnectionNames(): Map<string, string> {
  const { data } = useConnectionChoices()
  return new Map(data?.data.map(({ id, name }) => [id, name]))
}
