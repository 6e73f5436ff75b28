import { QueryClient } from '@tanstack/react-query'
import { isFinal } from './problem'

/** One cache for the whole page. Final answers (4xx) are not asked again. */
export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (count, error) => count < 2 && !isFinal(error),
        refetchOnWindowFocus: true,
      },
      mutations: { retry: false },
    },
  })
}
