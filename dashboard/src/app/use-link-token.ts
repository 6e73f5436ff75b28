import { useEffect, useState } from 'react'

/**
 * The token of a link that was mailed, from behind "#". It leaves the address bar, and so the history, at once: it is
 * good for one use by whoever has it.
 */
export function useLinkToken(): string {
  const [token] = useState(() => location.hash.slice(1))
  useEffect(() => {
    if (token) history.replaceState(history.state, '', location.pathname)
  }, [token])
  return token
}
