import { $api } from '@/lib/api/client'

/** What addresses begin with that others are told: where the server says that it is reached, else where this page is. */
export function usePublicUrl(): string {
  const options = $api.useQuery('get', '/api/auth/options', undefined, {
    staleTime: Number.POSITIVE_INFINITY,
  })
  return options.data?.data.publicUrl || location.origin
}
