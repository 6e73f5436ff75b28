import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { FormDialog } from '@/components/form-dialog'
import { CodeProof, PasswordProof } from '@/components/proof-fields'
import { Button } from '@/components/ui/button'
import { api } from '@/lib/api/client'
import { toFailure } from '@/lib/api/problem'
import { showPasskey, takesPasskeys } from '@/lib/webauthn'

interface ProofDialogProps {
  /** Only a second factor will do. */
  factor?: boolean
  onProven: () => void
  onClose: () => void
}

/** Asks the person to prove again who they are; what was refused is then tried once more. */
export function ProofDialog({ factor = false, onProven, onClose }: ProofDialogProps) {
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const confirm = useMutation({
    mutationFn: async (how: 'form' | 'passkey') => {
      if (how === 'form') {
        const { error } = await api.POST('/api/auth/confirm', { body: code ? { code } : { password } })
        if (error) throw error
        return
      }
      const { data, error } = await api.POST('/api/auth/passkeys/login/options')
      if (error) throw error
      const credential = await showPasskey(data.data.publicKey)
      const answer = await api.POST('/api/auth/passkeys/confirm', {
        body: { challengeId: data.data.challengeId, credential },
      })
      if (answer.error) throw answer.error
    },
    onSuccess: onProven,
  })
  const second = confirm.error !== null && toFailure(confirm.error).code === 'MFA_REQUIRED'
  const [asked, setAsked] = useState(factor)
  if (second && !asked) setAsked(true)
  return (
    <FormDialog
      title="Confirm that it is you"
      description={
        factor
          ? 'This workspace asks for a code of your authenticator app, or your passkey.'
          : 'You signed in a while ago. This change asks for a proof of the last 15 minutes.'
      }
      submitLabel="Confirm"
      onSubmit={() => confirm.mutate('form')}
      onClose={onClose}
      pending={confirm.isPending}
      error={second ? null : confirm.error}
      disabled={asked ? !code : !password}
    >
      {asked ? (
        <CodeProof hint="Of your authenticator app, or a recovery code." value={code} onChange={setCode} />
      ) : (
        <PasswordProof value={password} onChange={setPassword} />
      )}
      {takesPasskeys() && (
        <Button pending={confirm.isPending} onClick={() => confirm.mutate('passkey')}>
          Use a passkey
        </Button>
      )}
    </FormDialog>
  )
}
