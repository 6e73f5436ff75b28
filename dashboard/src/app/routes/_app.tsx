import { createFileRoute, Outlet, redirect } from '@tanstack/react-router'
import { toFailure } from '@/lib/api/problem'
import { SessionContext } from '@/lib/session'
import { meQuery } from '../session'
import { ProofGate } from '../shell/proof-gate'
import { Shell } from '../shell/shell'

export const Route = createFileRoute('/_app')({
  beforeLoad: async ({ context, location }) => {
    try {
      const { data } = await context.queries.fetchQuery(meQuery())
      return { me: data }
    } catch (error) {
      if (toFailure(error).status !== 401) throw error
      throw redirect({ to: '/login', search: location.href === '/' ? {} : { redirect: location.href } })
    }
  },
  component: Layout,
})

function Layout() {
  const { me } = Route.useRouteContext()
  return (
    <SessionContext value={me}>
      <Shell>
        <Outlet />
      </Shell>
      <ProofGate />
    </SessionContext>
  )
}
