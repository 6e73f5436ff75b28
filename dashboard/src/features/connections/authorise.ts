import { useEffect, useRef, useState } from 'react'
import { api } from '@/lib/api/client'
import type { Connection } from '@/lib/api/types'
import { useConnectionsChanged } from './api/queries'

/** The words that the page at the end of a way uses, and those for what happens here. */
export type Outcome =
  | 'connected'
  | 'denied'
  | 'expired'
  | 'signed_out'
  | 'another'
  | 'changed'
  | 'provider'
  | 'unreachable'
  | 'configuration'

export type Way =
  | { state: 'idle' }
  | { state: 'starting' }
  /** The provider's page is open. blocked: the browser opened no window; the link does it. */
  | { state: 'waiting'; url: string; until: number; blocked: boolean }
  | { state: 'ended'; outcome: Outcome }
  | { state: 'failed'; error: unknown }

const POLL = 2_000

/** True where a grant was given since: another time, or one where there was none. */
export function given(before: Connection['account'], now: Connection['account']): boolean {
  return Boolean(now?.connectedAt && !now.fault && now.connectedAt !== before?.connectedAt)
}

/**
 * A person's way to the provider and back. The window is opened within the click, else browsers block it, and sent on
 * when the address is known. Its opener may be cut off on the way (Cross-Origin-Opener-Policy), after which it reads as
 * closed while it is open: so the end is told over a channel, and the connection is asked for in case that is missed.
 */
export function useAuthorise(connection: Connection) {
  const [way, setWay] = useState<Way>({ state: 'idle' })
  const before = useRef(connection.account)
  const changed = useConnectionsChanged()
  const forget = useRef(changed)
  forget.current = changed
  const { id } = connection
  const until = way.state === 'waiting' ? way.until : 0

  useEffect(() => {
    if (until === 0) return
    let over = false
    const end = (outcome: Outcome) => {
      if (over) return
      over = true
      setWay({ state: 'ended', outcome })
      void forget.current()
    }
    const channel = new BroadcastChannel('apiq-oauth')
    channel.onmessage = ({ data }) => {
      // The page does not know the connection where its link was used up.
      if (data.connection === id || data.connection === '') end(data.outcome)
    }
    const timer = setInterval(async () => {
      if (Date.now() > until) return end('expired')
      const { data } = await api
        .GET('/api/apis/{id}', { params: { path: { id } } })
        .catch(() => ({ data: null }))
      if (data && given(before.current, data.data.account)) end('connected')
    }, POLL)
    return () => {
      over = true
      channel.close()
      clearInterval(timer)
    }
  }, [id, until])

  async function begin() {
    before.current = connection.account
    const popup = window.open('about:blank', '_blank', 'popup,width=560,height=720')
    setWay({ state: 'starting' })
    const { data, error } = await api.GET('/api/apis/{id}/oauth/start', { params: { path: { id } } })
    if (!data) {
      popup?.close()
      setWay({ state: 'failed', error })
      return
    }
    const { url, expiresAt } = data.data
    if (popup) popup.location.replace(url)
    setWay({ state: 'waiting', url, until: Date.parse(expiresAt), blocked: !popup })
  }

  return { way, begin, reset: () => setWay({ state: 'idle' }) }
}
