import { useState } from 'react'
import { FormDialog } from '@/components/form-dialog'
import { CheckField, Field, Input, Select, Textarea } from '@/components/ui/field'
import { $api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'
import type { SignInProvider } from '@/lib/api/types'
import { useMe } from '@/lib/session'
import { usePublicUrl } from '@/lib/use-public-url'
import { bodyOf, type Kind, type ProviderValues, ROLES, roleOf, valuesOf } from '../provider'
import { ToCopy } from './to-copy'

interface ProviderDialogProps {
  kind: Kind
  /** What is there; none is set up anew. */
  provider?: SignInProvider
  onClose: () => void
  onSaved: () => void
}

/** A provider's configuration. */
export function ProviderDialog({ kind, provider, onClose, onSaved }: ProviderDialogProps) {
  const [values, setValues] = useState(() => valuesOf(kind, provider))
  const save = $api.useMutation('put', '/api/admin/providers/{id}', { onSuccess: onSaved })
  const set = (change: Partial<ProviderValues>) => setValues((before) => ({ ...before, ...change }))
  const fault = (field: string) => fieldMessage(save.error, field)
  const { workspace } = useMe()
  const origin = usePublicUrl()
  const at = `${origin}/api/auth/${kind.id}`
  return (
    <FormDialog
      title={kind.name}
      description="People whom it vouches for sign in to this workspace, and to no other."
      submitLabel="Save"
      onSubmit={() => save.mutate({ params: { path: { id: kind.id } }, body: bodyOf(values, provider) })}
      onClose={onClose}
      pending={save.isPending}
      error={save.error}
      noValidate
    >
      <div className="grid gap-2 rounded-md bg-sunken px-3 py-2">
        <p className="text-ink-2 text-sm">Tell the provider these addresses, exactly.</p>
        <ToCopy label="Redirect URI" text={`${at}/callback`} />
        <ToCopy
          label="Redirect URI after a sign-out"
          text={`${origin}/login?signedOut=1&workspace=${workspace.id}`}
        />
        <ToCopy label="Back-channel logout URI" text={`${at}/backchannel-logout?workspace=${workspace.id}`} />
      </div>
      <Field label="Name on the button" hint={`Empty: ${kind.name}`} error={fault('name')}>
        {(field) => (
          <Input {...field} value={values.name} onChange={({ target }) => set({ name: target.value })} />
        )}
      </Field>
      <Field label="Issuer" hint={kind.issuerHint} error={fault('issuer')} required>
        {(field) => (
          <Input
            {...field}
            type="url"
            value={values.issuer}
            readOnly={kind.id === 'google'}
            onChange={({ target }) => set({ issuer: target.value })}
          />
        )}
      </Field>
      <Field label="Client id" error={fault('clientId')} required>
        {(field) => (
          <Input
            {...field}
            autoComplete="off"
            value={values.clientId}
            onChange={({ target }) => set({ clientId: target.value })}
          />
        )}
      </Field>
      <Field
        label="Client secret"
        hint={provider ? 'Empty: the one that is there stays. A new issuer needs its own.' : undefined}
        error={fault('clientSecret')}
        required={!provider}
      >
        {(field) => (
          <Input
            {...field}
            type="password"
            autoComplete="off"
            value={values.clientSecret}
            onChange={({ target }) => set({ clientSecret: target.value })}
          />
        )}
      </Field>
      <Field label="E-mail domains" hint="Joined by commas. Empty: any." error={fault('domains')}>
        {(field) => (
          <Input
            {...field}
            value={values.domains}
            onChange={({ target }) => set({ domains: target.value })}
          />
        )}
      </Field>
      <Field
        label="Claim with roles"
        hint="A name or a path, such as groups or realm_access.roles. Empty: members keep their role."
        error={fault('claim')}
      >
        {(field) => (
          <Input {...field} value={values.claim} onChange={({ target }) => set({ claim: target.value })} />
        )}
      </Field>
      {values.claim.trim() !== '' && (
        <Field
          label="Its values"
          hint="One on a line: value = ADMIN, USER or AUDITOR. They are set anew at each sign-in."
          error={fault('roles')}
        >
          {(field) => (
            <Textarea
              {...field}
              className="font-mono text-sm"
              placeholder="apiq-admins = ADMIN"
              value={values.roles}
              onChange={({ target }) => set({ roles: target.value })}
            />
          )}
        </Field>
      )}
      <Field label="Role of everybody else" error={fault('defaultRole')}>
        {(field) => (
          <Select
            {...field}
            value={values.defaultRole}
            onChange={({ target }) => set({ defaultRole: roleOf(target.value) })}
          >
            {ROLES.map((role) => (
              <option key={role} value={role}>
                {role.toLowerCase()}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <CheckField checked={values.jit} onChange={(jit) => set({ jit })}>
        Make an account for whoever has none
      </CheckField>
      <CheckField checked={values.trustEmail} onChange={(trustEmail) => set({ trustEmail })}>
        Take addresses for verified where the provider does not say. Only where its admins give them out.
        {fault('trustEmail') && <span className="block text-bad text-xs">{fault('trustEmail')}</span>}
      </CheckField>
      <CheckField checked={values.enabled} onChange={(enabled) => set({ enabled })}>
        On: offered on the page of sign-in
      </CheckField>
    </FormDialog>
  )
}
