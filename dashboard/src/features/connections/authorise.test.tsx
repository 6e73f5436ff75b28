import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, renderHook, waitFor } from '@testing-library/react'
import type { ReactNode } from 'react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Connection } from '@/lib/api/types'
import { given, useAuthorise } from './authorise'

const connection = { id: 'con_1', authType: 'OAUTH', auth: { set: [] } } as unknown as Connection
const account = { provider: 'p', renews: true, connectedAt: '2026-01-01T00:00:00Z' }

class Channel {
  static open: Channel[] = []
  onmessage: ((event: { data: unknown }) => void) | null = null
  constructor() {
    Channel.open.push(this)
  }
  close() {
    Channel.open = Channel.open.filter((other) => other !== this)
  }
}

const wrapper = ({ children }: { children: ReactNode }) => (
  <QueryClientProvider client={new QueryClient()}>{children}</QueryClientProvider>
)

const start = {
  url: 'https://login.example/authorize',
  expiresAt: new Date(Date.now() + 600_000).toISOString(),
}
let shown: object

beforeEach(() => {
  Channel.open = []
  shown = { ...connection }
  vi.stubGlobal('BroadcastChannel', Channel)
  vi.stubGlobal('fetch', async (request: Request) =>
    Response.json({ success: true, data: request.url.endsWith('/oauth/start') ? start : shown }),
  )
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const popUp = (opened: object | null) => vi.stubGlobal('open', () => opened)

describe('the way to a provider', () => {
  it('opens its window at once, sends it on, and hears of the end', async () => {
    const replace = vi.fn()
    popUp({ location: { replace }, close: vi.fn() })
    const { result } = renderHook(() => useAuthorise(connection), { wrapper })
    await act(() => result.current.begin())
    expect(replace).toHaveBeenCalledWith(start.url)
    expect(result.current.way).toMatchObject({ state: 'waiting', blocked: false })
    act(() => Channel.open[0]?.onmessage?.({ data: { outcome: 'connected', connection: 'con_other' } }))
    expect(result.current.way.state).toBe('waiting')
    act(() => Channel.open[0]?.onmessage?.({ data: { outcome: 'denied', connection: 'con_1' } }))
    expect(result.current.way).toEqual({ state: 'ended', outcome: 'denied' })
    expect(Channel.open).toHaveLength(0)
  })

  it('offers a link where the browser opens no window', async () => {
    popUp(null)
    const { result } = renderHook(() => useAuthorise(connection), { wrapper })
    await act(() => result.current.begin())
    expect(result.current.way).toMatchObject({ state: 'waiting', blocked: true, url: start.url })
  })

  it('finds the account by asking where no news comes', async () => {
    popUp({ location: { replace: vi.fn() }, close: vi.fn() })
    vi.useFakeTimers()
    const { result } = renderHook(() => useAuthorise(connection), { wrapper })
    await act(() => result.current.begin())
    await act(() => vi.advanceTimersByTimeAsync(2_100))
    expect(result.current.way.state).toBe('waiting')
    shown = { ...connection, account }
    await act(() => vi.advanceTimersByTimeAsync(2_100))
    vi.useRealTimers()
    await waitFor(() => expect(result.current.way).toEqual({ state: 'ended', outcome: 'connected' }))
  })

  it('is over when its time is', async () => {
    popUp({ location: { replace: vi.fn() }, close: vi.fn() })
    vi.useFakeTimers()
    const { result } = renderHook(() => useAuthorise(connection), { wrapper })
    await act(() => result.current.begin())
    await act(() => vi.advanceTimersByTimeAsync(700_000))
    expect(result.current.way).toEqual({ state: 'ended', outcome: 'expired' })
  })
})

describe('given', () => {
  it('is a grant of another time, that is of use', () => {
    expect(given(undefined, undefined)).toBe(false)
    expect(given(undefined, account)).toBe(true)
    expect(given(account, account)).toBe(false)
    expect(given(account, { ...account, connectedAt: '2026-01-02T00:00:00Z' })).toBe(true)
    expect(given(undefined, { ...account, fault: 'gone' })).toBe(false)
  })
})
