import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useState } from 'react'
import { onFactorNeeded, onUnauthenticated } from '@/lib/api/client'
import { createQueries } from '@/lib/api/query'
import { createAppRouter } from './router'
import { rulesChanged, sessionExpired } from './session'

function start() {
  const queries = createQueries()
  const router = createAppRouter(queries)
  onUnauthenticated(() => sessionExpired(router, queries))
  onFactorNeeded(() => void rulesChanged(router, queries))
  return { queries, router }
}

export function App() {
  const [{ queries, router }] = useState(start)
  return (
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  )
}
