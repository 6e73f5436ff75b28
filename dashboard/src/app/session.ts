import type { QueryClient } from '@tanstack/react-query'
import type { ParsedLocation } from '@tanstack/react-router'
import { $api } from '@/lib/api/client'
import type { AppRouter } from './router'

/** Who is signed in; asked once a visit, dropped at sign-out. */
export const meQuery = () =>
  $api.queryOptions('get', '/api/auth/me', {}, { staleTime: Number.POSITIVE_INFINITY, retry: false })

/** Asks again what the workspace asks of who is signed in, and nothing else: that would be refused. */
export async function rulesChanged(router: AppRouter, queries: QueryClient): Promise<void> {
  await queries.invalidateQueries({ queryKey: meQuery().queryKey })
  await router.invalidate()
}

/** Where a sign-in leads back to: what stands behind "#" may be a secret of a link, and stays there. */
export function signInFrom({ pathname, searchStr, hash }: ParsedLocation) {
  const here = pathname + searchStr
  return { to: '/login' as const, search: here === '/' ? {} : { redirect: here }, hash: hash || undefined }
}

/** Pages for who is not signed in. */
const OUTSIDE = ['/login', '/register', '/forgot-password', '/reset-password', '/confirm-email']

/** Forgets everything of the person and goes to the sign-in page, which leads back here. */
export function sessionExpired(router: AppRouter, queries: QueryClient): void {
  const { location } = router.state
  if (OUTSIDE.includes(location.pathname)) return
  queries.clear()
  void router.navigate(signInFrom(location))
}
