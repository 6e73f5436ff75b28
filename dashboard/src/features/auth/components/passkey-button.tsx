import { useMutation } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { FailureNote } from '@/components/failure'
import { Button } from '@/components/ui/button'
import { api } from '@/lib/api/client'
import { showPasskey, takesPasskeys } from '@/lib/webauthn'

/** A way in with no password: whichever passkey the person chooses says who they are. */
export function PasskeyButton({ onDone }: { onDone: () => void }) {
  const login = useMutation({
    mutationFn: async () => {
      const { data, error } = await api.POST('/api/auth/passkeys/login/options')
      if (error) throw error
      const credential = await showPasskey(data.data.publicKey)
      const answer = await api.POST('/api/auth/passkeys/login', {
        body: { challengeId: data.data.challengeId, credential },
      })
      if (answer.error) throw answer.error
    },
    onSuccess: onDone,
  })
  if (!takesPasskeys()) return null
  return (
    <div className="mt-3 grid gap-3">
      <Button size="lg" pending={login.isPending} onClick={() => login.mutate()}>
        <KeyRound aria-hidden /> Sign in with a passkey
      </Button>
      {login.error && <FailureNote error={login.error} />}
    </div>
  )
}
