import { useQueryClient } from '@tanstack/react-query'
import { createFileRoute, Outlet, redirect, useRouter } from '@tanstack/react-router'
import { lazy, Suspense, useCallback } from 'react'
import { api } from '@/lib/api/client'
import { toFailure } from '@/lib/api/problem'
import { SessionContext } from '@/lib/session'
import { useRefreshMe } from '@/lib/use-refresh-me'
import { meQuery, sessionExpired, signInFrom } from '../session'
import { Pending } from '../shell/pending'
import { ProofGate } from '../shell/proof-gate'
import { Shell } from '../shell/shell'
import { useIdleEnd } from '../shell/use-idle-end'

const FactorGate = lazy(() => import('../shell/factor-gate'))

export const Route = createFileRoute('/_app')({
  beforeLoad: async ({ context, location }) => {
    try {
      const { data } = await context.queries.fetchQuery(meQuery())
      return { me: data }
    } catch (error) {
      if (toFailure(error).status !== 401) throw error
      throw redirect(signInFrom(location))
    }
  },
  component: Layout,
})

function Layout() {
  const { me } = Route.useRouteContext()
  const router = useRouter()
  const queries = useQueryClient()
  const refresh = useRefreshMe()
  useIdleEnd({
    minutes: me.rules.idleMinutes,
    onUse: useCallback(() => void api.GET('/api/auth/me'), []),
    onIdle: useCallback(() => {
      void api.POST('/api/auth/logout').finally(() => sessionExpired(router, queries))
    }, [router, queries]),
  })
  return (
    <SessionContext value={me}>
      {me.rules.secondFactor?.now ? (
        <Suspense fallback={<Pending />}>
          <FactorGate onDone={() => void refresh()} />
        </Suspense>
      ) : (
        <Shell>
          <Outlet />
        </Shell>
      )}
      <ProofGate />
    </SessionContext>
  )
}
