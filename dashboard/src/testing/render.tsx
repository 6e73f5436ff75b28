import { QueryClientProvider } from '@tanstack/react-query'
import { render } from '@testing-library/react'
import type { ReactNode } from 'react'
import { createQueries } from '@/lib/api/query'

/** Renders with a cache of its own, of the page's settings. */
export function renderWithQueries(children: ReactNode) {
  return render(<QueryClientProvider client={createQueries()}>{children}</QueryClientProvider>)
}

export interface Sent {
  method: string
  path: string
  body: unknown
}

/** Answers requests in place of the server and keeps what was sent. Restored by the caller's `vi.unstubAllGlobals`. */
export function answering(
  answer: (sent: Sent, query: URLSearchParams) => { status: number; body: unknown },
): {
  fetch: typeof fetch
  sent: Sent[]
} {
  const sent: Sent[] = []
  return {
    sent,
    fetch: async (input) => {
      const request = input as Request
      const text = await request.text()
      const url = new URL(request.url)
      const one = {
        method: request.method,
        path: url.pathname,
        body: text ? JSON.parse(text) : null,
      }
      sent.push(one)
      const { status, body } = answer(one, url.searchParams)
      return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
    },
  }
}
