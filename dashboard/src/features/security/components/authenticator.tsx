import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { FailureNote } from '@/components/failure'
import { FormDialog } from '@/components/form-dialog'
import { CodeProof, PasswordProof } from '@/components/proof-fields'
import { Ago } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { CopyButton } from '@/components/ui/copy-button'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'
import { plural } from '@/lib/format'
import { notify } from '@/lib/notify'
import { QrCode } from './qr-code'
import { RecoveryCodes } from './recovery-codes'

const PATH = '/api/auth/mfa'

interface Enrolment {
  otpauth: string
  secret: string
  recoveryCodes: string[]
}

/** The authenticator app and the recovery codes of the person. */
export function Authenticator() {
  const queries = useQueryClient()
  const query = $api.useQuery('get', PATH)
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null)
  const [codes, setCodes] = useState<string[] | null>(null)
  const [leaving, setLeaving] = useState(false)
  const changed = () => queries.invalidateQueries({ queryKey: ['get', PATH] })
  const enrol = $api.useMutation('post', '/api/auth/mfa/totp', {
    onSuccess: ({ data }) => setEnrolment(data),
  })
  const renew = $api.useMutation('post', '/api/auth/mfa/recovery', {
    onSuccess: ({ data }) => {
      setCodes(data.recoveryCodes)
      return changed()
    },
  })
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows rows={2} label="Loading the second factors" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const { totp, recoveryCodes, passkeys } = query.data.data
  const failed = [enrol, renew].find(({ error }) => error)
  return (
    <div className="grid gap-3">
      {failed && <FailureNote error={failed.error} />}
      <Card className="divide-y">
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
          <div className="min-w-0 flex-1 basis-56">
            <p className="font-medium text-sm">
              Authenticator app{' '}
              <Badge tone={totp.enabled ? 'ok' : 'neutral'}>{totp.enabled ? 'on' : 'off'}</Badge>
            </p>
            <p className="text-ink-3 text-xs">
              {totp.enabled && totp.since ? (
                <>
                  taken into use <Ago at={totp.since} />
                </>
              ) : (
                'A code from your phone, besides the password.'
              )}
            </p>
          </div>
          {totp.enabled ? (
            <Button size="sm" variant="danger" onClick={() => setLeaving(true)}>
              Switch off
            </Button>
          ) : (
            <Button size="sm" pending={enrol.isPending} onClick={() => enrol.mutate({})}>
              Set up
            </Button>
          )}
        </div>
        {(totp.enabled || passkeys > 0) && (
          <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
            <div className="min-w-0 flex-1 basis-56">
              <p className="font-medium text-sm">Recovery codes</p>
              <p className="text-ink-3 text-xs">{plural(recoveryCodes, 'code')} left</p>
            </div>
            <Button size="sm" pending={renew.isPending} onClick={() => renew.mutate({})}>
              Make new ones
            </Button>
          </div>
        )}
      </Card>
      {enrolment && (
        <Enrol
          enrolment={enrolment}
          onClose={() => setEnrolment(null)}
          onDone={() => {
            setCodes(enrolment.recoveryCodes)
            setEnrolment(null)
            return changed()
          }}
        />
      )}
      {leaving && (
        <Leave
          onClose={() => setLeaving(false)}
          onDone={() => {
            setLeaving(false)
            notify('success', 'The authenticator app is switched off')
            return changed()
          }}
        />
      )}
      {codes && <RecoveryCodes codes={codes} onClose={() => setCodes(null)} />}
    </div>
  )
}

function Enrol(props: { enrolment: Enrolment; onClose: () => void; onDone: () => void }) {
  const { enrolment, onClose, onDone } = props
  const [code, setCode] = useState('')
  const confirm = $api.useMutation('post', '/api/auth/mfa/totp/confirm', { onSuccess: onDone })
  return (
    <FormDialog
      title="Set an authenticator app up"
      description="Scan the code with the app, then enter the six digits that it shows."
      submitLabel="Take it into use"
      onSubmit={() => confirm.mutate({ body: { code } })}
      onClose={onClose}
      pending={confirm.isPending}
      error={confirm.error}
      disabled={!code.trim()}
    >
      <div className="grid justify-items-center gap-2">
        <QrCode text={enrolment.otpauth} label="QR code for the authenticator app" />
        <p className="flex max-w-full items-center gap-1 text-xs">
          <code className="min-w-0 break-all font-mono">{enrolment.secret}</code>
          <CopyButton text={enrolment.secret} label="Copy the secret" />
        </p>
      </div>
      <CodeProof error={fieldMessage(confirm.error, 'code')} value={code} onChange={setCode} digits />
    </FormDialog>
  )
}

function Leave({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const leave = $api.useMutation('delete', '/api/auth/mfa/totp', { onSuccess: onDone })
  return (
    <FormDialog
      title="Switch the authenticator app off?"
      description="Signing in then takes no code of it any more."
      submitLabel="Switch off"
      onSubmit={() => leave.mutate({ body: { code, ...(password ? { password } : {}) } })}
      onClose={onClose}
      pending={leave.isPending}
      error={leave.error}
      disabled={!code.trim()}
    >
      <PasswordProof value={password} onChange={setPassword} />
      <CodeProof
        hint="Of the app, or a recovery code."
        error={fieldMessage(leave.error, 'code')}
        value={code}
        onChange={setCode}
      />
    </FormDialog>
  )
}
