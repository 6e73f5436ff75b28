import { useEffect } from 'react'

/** Where the tabs of one browser tell each other of use. */
const SHARED = 'apiq.last-use'
const TOUCHES = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const
const LOOK_EVERY = 15_000
/** The server notes use once a minute at most: more often there is nothing to tell. */
const TELL_EVERY = 60_000

interface Watch {
  /** After how many minutes without a touch it is over; none: never. */
  minutes: number | undefined
  /** Tells the server that the page is used. */
  onUse: () => void
  onIdle: () => void
}

/** Ends the session of a page that nobody touches: what pages ask for by themselves is no use. */
export function useIdleEnd({ minutes, onUse, onIdle }: Watch): void {
  useEffect(() => {
    if (!minutes) return
    let told = Date.now()
    let noted = told
    let over = false
    localStorage.setItem(SHARED, String(told))
    const touch = () => {
      const now = Date.now()
      if (now - noted < 1000) return
      noted = now
      localStorage.setItem(SHARED, String(now))
    }
    const look = () => {
      if (over) return
      const last = Number(localStorage.getItem(SHARED) ?? 0)
      const now = Date.now()
      if (now - last >= minutes * 60_000) {
        over = true
        onIdle()
      } else if (last > told && now - told >= TELL_EVERY) {
        told = now
        onUse()
      }
    }
    for (const name of TOUCHES) addEventListener(name, touch, { passive: true })
    const timer = setInterval(look, LOOK_EVERY)
    return () => {
      clearInterval(timer)
      for (const name of TOUCHES) removeEventListener(name, touch)
    }
  }, [minutes, onUse, onIdle])
}
