import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { FailureNote } from '@/components/failure'
import { FormDialog } from '@/components/form-dialog'
import { Snippet } from '@/components/snippet'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { Field, Input } from '@/components/ui/field'
import { $api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'
import type { KeyStatus } from '@/lib/api/types'
import { notify } from '@/lib/notify'
import { useMe } from '@/lib/session'
import { keyPolicy } from '../policy'

const PATH = '/api/admin/keys'

/** The KMS key that a workspace brings, where the installation can use one. */
export function OwnKey({ keys, principal }: { keys: KeyStatus; principal: string }) {
  const queries = useQueryClient()
  const [asking, setAsking] = useState<'bring' | 'leave'>()
  const use = $api.useMutation('put', PATH, {
    onSuccess: () => {
      setAsking(undefined)
      notify('success', 'The data keys are wrapped anew')
      return queries.invalidateQueries({ queryKey: ['get', PATH] })
    },
  })
  const close = () => {
    use.reset()
    setAsking(undefined)
  }
  return (
    <div className="grid gap-3">
      <p className="text-ink-2 text-sm">
        Data keys can lie under a KMS key of yours, in an account of yours. Switch it off, and within five
        minutes nothing of this workspace opens, its backups included.
      </p>
      <Card className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2.5">
        <div className="min-w-0 flex-1 basis-56">
          <p className="font-medium text-sm">{keys.own ? 'A key of yours is in use' : 'No key of yours'}</p>
          <p className="wrap-anywhere font-mono text-ink-3 text-xs">
            {keys.own ? keys.master : 'The installation’s key wraps the data keys.'}
          </p>
        </div>
        <Button onClick={() => setAsking('bring')}>{keys.own ? 'Use another' : 'Bring a key'}</Button>
        {keys.own && <Button onClick={() => setAsking('leave')}>Go back</Button>}
      </Card>
      {asking === 'bring' && (
        <BringKey
          principal={principal}
          pending={use.isPending}
          error={use.error}
          onClose={close}
          onGiven={(kmsKeyArn) => use.mutate({ body: { kmsKeyArn } })}
        />
      )}
      <ConfirmDialog
        open={asking === 'leave'}
        onClose={close}
        onConfirm={() => use.mutate({ body: { kmsKeyArn: '' } })}
        pending={use.isPending}
        title="Go back to the installation’s key?"
        description="The data keys are wrapped under it again. Your key has to work until that is done."
        confirmLabel="Go back"
      >
        {use.error && <FailureNote error={use.error} />}
      </ConfirmDialog>
    </div>
  )
}

interface BringKeyProps {
  principal: string
  pending: boolean
  error: unknown
  onClose: () => void
  onGiven: (arn: string) => void
}

function BringKey({ principal, pending, error, onClose, onGiven }: BringKeyProps) {
  const { workspace } = useMe()
  const [arn, setArn] = useState('')
  return (
    <FormDialog
      title="A key of yours"
      description="A symmetric KMS key in the region of this installation. It is tried before it is used."
      submitLabel="Use it"
      noValidate
      onSubmit={() => onGiven(arn.trim())}
      onClose={onClose}
      pending={pending}
      error={error}
      disabled={!arn.trim()}
    >
      <Snippet label="1. Add this to the key’s policy" text={keyPolicy(principal, workspace.id)} />
      <p className="text-sm">
        <span className="font-medium">2. Have the operator admit the key</span> by its ARN (
        <code className="font-mono text-xs">ownKeys</code> of the installation).
      </p>
      <Field label="3. The key’s ARN" error={fieldMessage(error, 'kmsKeyArn')}>
        {(field) => (
          <Input
            {...field}
            autoComplete="off"
            spellCheck={false}
            placeholder="arn:aws:kms:eu-central-1:123456789012:key/…"
            value={arn}
            onChange={(event) => setArn(event.target.value)}
          />
        )}
      </Field>
    </FormDialog>
  )
}
