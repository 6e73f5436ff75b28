import { useEffect } from 'react'
import { api } from '@/lib/api/client'
import { isFinal } from '@/lib/api/problem'

/** Seconds the server may hold an answer back for something new; it caps this itself. */
const WAIT = 20
/** Milliseconds before asking again after a failed request. */
const PAUSE = 2000

const sleep = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })

/**
 * Follows a run by the contract's cursor: ask after the last number, be told what is new, never the same twice.
 * `generation` starts over, for a run that was retried after its end.
 */
export function useRunEvents(id: string, generation: number, onNews: () => void): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: another generation follows the same run anew
  useEffect(() => {
    const { signal, abort } = withAbort()
    async function follow() {
      let after = 0
      while (!signal.aborted) {
        const { data, error } = await api
          .GET('/api/executions/{id}/events', {
            params: { path: { id }, query: { after, wait: WAIT } },
            signal,
          })
          .catch((reason: unknown) => ({ data: undefined, error: reason }))
        if (signal.aborted) return
        if (!data) {
          if (isFinal(error)) return
          await sleep(PAUSE, signal)
          continue
        }
        const { items, next, done, retryAfterMs } = data.data
        after = next
        if (items.length > 0) onNews()
        if (done) return
        await sleep(retryAfterMs, signal)
      }
    }
    void follow()
    return abort
  }, [id, generation, onNews])
}

function withAbort() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}
