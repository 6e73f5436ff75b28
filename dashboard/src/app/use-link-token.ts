import { useEffect, useState } from 'react'

/**
 * The token of a link that was mailed, from behind "#"; else the one that older links had in their query. It leaves the
 * address bar, and so the history, at once: it is good for one use by whoever has it.
 */
export function useLinkToken(inQuery = ''): string {
  const [token] = useState(() => location.hash.slice(1) || inQuery)
  useEffect(() => {
    if (token) history.replaceState(history.state, '', location.pathname)
  }, [token])
  return token
}
