import { lazy, Suspense, useEffect, useState } from 'react'
import { onProofNeeded } from '@/lib/api/client'

const ProofDialog = lazy(() =>
  import('@/features/security/components/proof').then((m) => ({ default: m.ProofDialog })),
)

/** Asks for a proof wherever the server wants one; requests that wait share it. */
export function ProofGate() {
  const [waiting, setWaiting] = useState<((proven: boolean) => void)[]>([])
  useEffect(() => {
    onProofNeeded(() => new Promise((resolve) => setWaiting((before) => [...before, resolve])))
  }, [])
  if (waiting.length === 0) return null
  const answer = (proven: boolean) => {
    setWaiting([])
    for (const resolve of waiting) resolve(proven)
  }
  return (
    <Suspense>
      <ProofDialog onProven={() => answer(true)} onClose={() => answer(false)} />
    </Suspense>
  )
}
