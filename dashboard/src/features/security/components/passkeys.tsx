import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Fingerprint } from 'lucide-react'
import { useState } from 'react'
import { EmptyState } from '@/components/empty-state'
import { FailureNote } from '@/components/failure'
import { FormDialog } from '@/components/form-dialog'
import { ListRow } from '@/components/list-row'
import { Ago } from '@/components/time'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Field, Input } from '@/components/ui/field'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api, api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'
import { createPasskey, takesPasskeys } from '@/lib/webauthn'
import { RecoveryCodes } from './recovery-codes'

const PATH = '/api/auth/passkeys'

/** The passkeys of the person. */
export function Passkeys() {
  const queries = useQueryClient()
  const query = $api.useQuery('get', PATH)
  const [adding, setAdding] = useState(false)
  const [renaming, setRenaming] = useState<{ id: string; name: string }>()
  const [name, setName] = useState('')
  const [codes, setCodes] = useState<string[]>([])
  const changed = () =>
    Promise.all([PATH, '/api/auth/mfa'].map((path) => queries.invalidateQueries({ queryKey: ['get', path] })))
  const add = useMutation({
    mutationFn: async () => {
      const { data, error } = await api.POST('/api/auth/passkeys/options')
      if (error) throw error
      const credential = await createPasskey(data.data.publicKey)
      const made = await api.POST(PATH, {
        body: { challengeId: data.data.challengeId, name: name.trim(), credential },
      })
      if (made.error) throw made.error
      return made.data.data.recoveryCodes
    },
    onSuccess: (given) => {
      setAdding(false)
      setName('')
      setCodes(given)
      return changed()
    },
  })
  const remove = $api.useMutation('delete', '/api/auth/passkeys/{id}', { onSuccess: changed })
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows rows={2} label="Loading the passkeys" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const all = query.data.data
  const can = takesPasskeys()
  return (
    <div className="grid gap-3">
      {remove.error && <FailureNote error={remove.error} />}
      <Card className="overflow-hidden">
        {all.length === 0 ? (
          <EmptyState icon={Fingerprint} title="No passkey yet">
            A passkey signs you in with a finger, a face or a PIN, and no password.
          </EmptyState>
        ) : (
          <ul className="divide-y">
            {all.map(({ id, name: called, synced, createdAt, lastUsedAt }) => (
              <ListRow
                key={id}
                title={called}
                detail={
                  <>
                    {synced ? 'on several devices' : 'on one device'}, made <Ago at={createdAt} />
                    {lastUsedAt && (
                      <>
                        , used <Ago at={lastUsedAt} />
                      </>
                    )}
                  </>
                }
              >
                <Button
                  size="sm"
                  aria-label={`Rename ${called}`}
                  onClick={() => setRenaming({ id, name: called })}
                >
                  Rename
                </Button>
                <Button
                  size="sm"
                  variant="danger"
                  aria-label={`Remove ${called}`}
                  pending={remove.isPending}
                  onClick={() => remove.mutate({ params: { path: { id } } })}
                >
                  Remove
                </Button>
              </ListRow>
            ))}
          </ul>
        )}
        <div className="flex flex-wrap items-center justify-between gap-3 border-t bg-sunken px-4 py-2.5">
          <p className="min-w-0 text-ink-3 text-xs">
            {can
              ? 'With a passkey, your password alone does not sign you in any more.'
              : 'Browsers take passkeys only for a host name over https, or for localhost.'}
          </p>
          <Button size="sm" disabled={!can} onClick={() => setAdding(true)}>
            Add a passkey
          </Button>
        </div>
      </Card>
      {adding && (
        <FormDialog
          title="Add a passkey"
          submitLabel="Add"
          onSubmit={() => add.mutate()}
          onClose={() => {
            setAdding(false)
            add.reset()
          }}
          pending={add.isPending}
          error={add.error}
          disabled={!name.trim()}
        >
          <NameField value={name} onChange={setName} />
        </FormDialog>
      )}
      {renaming && (
        <RenameDialog passkey={renaming} onRenamed={changed} onClose={() => setRenaming(undefined)} />
      )}
      {codes.length > 0 && <RecoveryCodes codes={codes} onClose={() => setCodes([])} />}
    </div>
  )
}

interface NameFieldProps {
  error?: string
  value: string
  onChange: (value: string) => void
}

function NameField({ error, value, onChange }: NameFieldProps) {
  return (
    <Field label="Name" hint="Such as the device that it is on." error={error}>
      {(field) => (
        <Input {...field} value={value} maxLength={100} onChange={(event) => onChange(event.target.value)} />
      )}
    </Field>
  )
}

interface RenameDialogProps {
  passkey: { id: string; name: string }
  onRenamed: () => Promise<unknown>
  onClose: () => void
}

function RenameDialog({ passkey, onRenamed, onClose }: RenameDialogProps) {
  const [name, setName] = useState(passkey.name)
  const rename = $api.useMutation('patch', '/api/auth/passkeys/{id}', {
    onSuccess: async () => {
      await onRenamed()
      onClose()
    },
  })
  return (
    <FormDialog
      title="Rename the passkey"
      submitLabel="Save"
      onSubmit={() => rename.mutate({ params: { path: { id: passkey.id } }, body: { name: name.trim() } })}
      onClose={onClose}
      pending={rename.isPending}
      error={rename.error}
      disabled={!name.trim()}
    >
      <NameField error={fieldMessage(rename.error, 'name')} value={name} onChange={setName} />
    </FormDialog>
  )
}
