import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, type ErrorComponentProps, Outlet } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'

const NotFound = lazy(() => import('../shell/not-found'))
const Broken = lazy(() => import('../shell/broken'))

export const Route = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: Outlet,
  notFoundComponent: () => (
    <main>
      <Suspense>
        <NotFound />
      </Suspense>
    </main>
  ),
  errorComponent: (props: ErrorComponentProps) => (
    <main>
      <Suspense>
        <Broken {...props} />
      </Suspense>
    </main>
  ),
})
