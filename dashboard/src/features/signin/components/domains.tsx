import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { FailureNote } from '@/components/failure'
import { Ago } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { Field, Input } from '@/components/ui/field'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'
import type { ClaimedDomain } from '@/lib/api/types'
import { formatDateTime } from '@/lib/format'
import { notify } from '@/lib/notify'
import { ToCopy } from './to-copy'

const LIST = ['get', '/api/admin/domains'] as const

/** The e-mail domains that the workspace shows to be its own, for admins. */
export function Domains() {
  const queries = useQueryClient()
  const query = $api.useQuery(...LIST)
  const [asking, setAsking] = useState<{ domain: ClaimedDomain; about: 'remove' | 'passwords' }>()
  const changed = () => {
    setAsking(undefined)
    return queries.invalidateQueries({ queryKey: LIST })
  }
  const update = $api.useMutation('patch', '/api/admin/domains/{id}', { onSuccess: changed })
  const remove = $api.useMutation('delete', '/api/admin/domains/{id}', { onSuccess: changed })
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows rows={2} label="Loading domains" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const all = query.data.data
  const close = () => {
    update.reset()
    remove.reset()
    setAsking(undefined)
  }
  return (
    <div className="grid gap-3">
      <Card className="overflow-hidden">
        {all.length === 0 ? (
          <p className="px-4 py-3 text-ink-2 text-sm">
            No domain yet. Add the one of your e-mail addresses, and people find your sign-in by theirs.
          </p>
        ) : (
          <ul className="divide-y">
            {all.map((domain) => (
              <DomainRow
                key={domain.id}
                domain={domain}
                pending={update.isPending}
                onRemove={() => setAsking({ domain, about: 'remove' })}
                onClosePasswords={() => setAsking({ domain, about: 'passwords' })}
                onOpenPasswords={() =>
                  update.mutate({ params: { path: { id: domain.id } }, body: { passwordSignIn: true } })
                }
              />
            ))}
          </ul>
        )}
      </Card>
      {update.error && !asking && <FailureNote error={update.error} />}
      <AddDomain onAdded={changed} />
      <ConfirmDialog
        open={asking?.about === 'passwords'}
        onClose={close}
        onConfirm={() =>
          asking &&
          update.mutate({ params: { path: { id: asking.domain.id } }, body: { passwordSignIn: false } })
        }
        pending={update.isPending}
        title={`Close the workspace to passwords of ${asking?.domain.id}?`}
        description="People of the domain come in through your provider only; passwords and passkeys lead here no more, and sessions by them end now. The owner always comes in. Try a sign-in through the provider first."
        confirmLabel="Provider only"
      >
        {update.error && <FailureNote error={update.error} />}
      </ConfirmDialog>
      <ConfirmDialog
        open={asking?.about === 'remove'}
        onClose={close}
        onConfirm={() => asking && remove.mutate({ params: { path: { id: asking.domain.id } } })}
        pending={remove.isPending}
        title={`Remove ${asking?.domain.id}?`}
        description="People of the domain are not led to your sign-in any more, and may come in by password. Members and accounts stay."
        confirmLabel="Remove"
      >
        {remove.error && <FailureNote error={remove.error} />}
      </ConfirmDialog>
    </div>
  )
}

function StateBadge({ state }: { state: ClaimedDomain['state'] }) {
  if (state === 'verified') return <Badge tone="ok">Verified</Badge>
  if (state === 'missing') return <Badge tone="warn">Record gone</Badge>
  return <Badge>Not verified</Badge>
}

interface DomainRowProps {
  domain: ClaimedDomain
  pending: boolean
  onRemove: () => void
  onClosePasswords: () => void
  onOpenPasswords: () => void
}

function DomainRow({ domain, pending, onRemove, onClosePasswords, onOpenPasswords }: DomainRowProps) {
  const { id, state, record, passwordSignIn, checkedAt, lapsesAt } = domain
  const queries = useQueryClient()
  const verify = $api.useMutation('post', '/api/admin/domains/{id}/verify', {
    onSuccess: () => {
      notify('success', `${id} is verified.`)
      return queries.invalidateQueries({ queryKey: LIST })
    },
  })
  // Usual while a new record spreads: a line, no failure.
  const missing = fieldMessage(verify.error, 'domain')
  return (
    <li className="grid gap-3 px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <div className="min-w-0 flex-1 basis-48">
          <p className="wrap-anywhere font-medium text-sm">
            {id} <StateBadge state={state} />
          </p>
          <p className="text-ink-3 text-xs">
            {state === 'pending' ? (
              'Put the record below into its DNS, then verify.'
            ) : (
              <>
                {passwordSignIn ? 'By provider or password' : 'By your provider only'} · looked at{' '}
                <Ago at={checkedAt} />
              </>
            )}
          </p>
        </div>
        {state !== 'verified' && (
          <Button
            size="sm"
            pending={verify.isPending}
            aria-label={`Verify ${id}`}
            onClick={() => verify.mutate({ params: { path: { id } } })}
          >
            Verify
          </Button>
        )}
        {state !== 'pending' && (
          <Button
            size="sm"
            disabled={pending}
            aria-label={passwordSignIn ? `Close to passwords of ${id}` : `Open to passwords of ${id}`}
            onClick={passwordSignIn ? onClosePasswords : onOpenPasswords}
          >
            {passwordSignIn ? 'Provider only' : 'Allow passwords'}
          </Button>
        )}
        <Button size="sm" variant="danger" aria-label={`Remove ${id}`} onClick={onRemove}>
          Remove
        </Button>
      </div>
      {state === 'missing' && lapsesAt && (
        <p className="text-sm text-warn">
          The record is gone from DNS. Put it back until {formatDateTime(lapsesAt)}, or the domain is yours no
          more.
        </p>
      )}
      {state !== 'verified' && (
        <div className="grid gap-2">
          <ToCopy label="Name of the TXT record" text={record.name} />
          <ToCopy label="Its value" text={record.value} />
        </div>
      )}
      {missing && (
        <p role="alert" className="wrap-anywhere text-bad text-sm">
          {missing}
        </p>
      )}
      {verify.error && !missing && <FailureNote error={verify.error} />}
    </li>
  )
}

function AddDomain({ onAdded }: { onAdded: () => void }) {
  const [name, setName] = useState('')
  const claim = $api.useMutation('post', '/api/admin/domains')
  function submit(event: FormEvent) {
    event.preventDefault()
    claim.mutate(
      { body: { domain: name.trim() } },
      {
        onSuccess: () => {
          setName('')
          onAdded()
        },
      },
    )
  }
  const message = fieldMessage(claim.error, 'domain')
  return (
    <Card className="p-4">
      <form noValidate onSubmit={submit} className="grid items-end gap-3 sm:grid-cols-[1fr_auto]">
        <Field label="Add a domain" error={message}>
          {(field) => (
            <Input
              {...field}
              placeholder="example.com"
              autoCapitalize="none"
              spellCheck={false}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Button type="submit" pending={claim.isPending} disabled={!name.trim()}>
          Add
        </Button>
      </form>
      {claim.error && !message && <FailureNote error={claim.error} className="mt-3" />}
    </Card>
  )
}
