import { useState } from 'react'
import { FormDialog } from '@/components/form-dialog'
import { CheckField, Field, Input, Select, Textarea } from '@/components/ui/field'
import { $api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'
import type { SamlSettings } from '@/lib/api/types'
import { linesOf, listOf, ROLES, roleOf, rolesOf } from '../provider'
import { ToCopy } from './to-copy'

interface SamlDialogProps {
  saml: SamlSettings
  onClose: () => void
  onSaved: () => void
}

/** A SAML provider's configuration. */
export function SamlDialog({ saml, onClose, onSaved }: SamlDialogProps) {
  const [metadata, setMetadata] = useState('')
  const [groups, setGroups] = useState(saml.groupsAttribute)
  const [email, setEmail] = useState(saml.emailAttribute)
  const [roles, setRoles] = useState(linesOf(saml.roles))
  const [domains, setDomains] = useState(saml.domains.join(', '))
  const [defaultRole, setDefaultRole] = useState(roleOf(saml.defaultRole))
  const [jit, setJit] = useState(saml.jit)
  const [enabled, setEnabled] = useState(!saml.configured || saml.enabled)
  const save = $api.useMutation('put', '/api/admin/saml', { onSuccess: onSaved })
  const fault = (field: string) => fieldMessage(save.error, field)
  const text = metadata.trim()
  const address = /^https?:\/\/\S+$/.test(text)
  return (
    <FormDialog
      title="SAML 2.0"
      description="People whom it vouches for sign in to this workspace, and to no other."
      submitLabel="Save"
      onSubmit={() =>
        save.mutate({
          body: {
            ...(text && (address ? { metadataUrl: text } : { metadata: text })),
            emailAttribute: email.trim(),
            nameAttribute: saml.nameAttribute,
            groupsAttribute: groups.trim(),
            roles: rolesOf(roles),
            domains: listOf(domains),
            defaultRole,
            jit,
            enabled,
          },
        })
      }
      onClose={onClose}
      pending={save.isPending}
      error={save.error}
      noValidate
    >
      <div className="grid gap-2 rounded-md bg-sunken px-3 py-2">
        <ToCopy label="Entity ID, audience" text={saml.entityId} />
        <ToCopy label="ACS URL, reply URL" text={saml.acsUrl} />
        <ToCopy label="Single logout URL, optional" text={saml.sloUrl} />
      </div>
      <Field
        label="Metadata of the provider"
        hint={
          saml.configured
            ? 'Empty: those that are there stay.'
            : 'Their XML, or the https address that has them. It is read once.'
        }
        error={fault('metadata') ?? fault('metadataUrl')}
        required={!saml.configured}
      >
        {(field) => (
          <Textarea
            {...field}
            className="font-mono text-sm"
            rows={4}
            spellCheck={false}
            value={metadata}
            onChange={({ target }) => setMetadata(target.value)}
          />
        )}
      </Field>
      <Field
        label="Attribute with the e-mail address"
        hint="Empty: the usual ones, else the NameID."
        error={fault('emailAttribute')}
      >
        {(field) => <Input {...field} value={email} onChange={({ target }) => setEmail(target.value)} />}
      </Field>
      <Field label="Attribute with groups" hint="Empty: the usual ones." error={fault('groupsAttribute')}>
        {(field) => <Input {...field} value={groups} onChange={({ target }) => setGroups(target.value)} />}
      </Field>
      <Field
        label="Roles by group"
        hint="One on a line: group = ADMIN, USER or AUDITOR. Empty: members keep their role."
        error={fault('roles')}
      >
        {(field) => (
          <Textarea
            {...field}
            className="font-mono text-sm"
            placeholder="apiq-admins = ADMIN"
            value={roles}
            onChange={({ target }) => setRoles(target.value)}
          />
        )}
      </Field>
      <Field label="Role of everybody else" error={fault('defaultRole')}>
        {(field) => (
          <Select
            {...field}
            value={defaultRole}
            onChange={({ target }) => setDefaultRole(roleOf(target.value))}
          >
            {ROLES.map((role) => (
              <option key={role} value={role}>
                {role.toLowerCase()}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="E-mail domains" hint="Joined by commas. Empty: any." error={fault('domains')}>
        {(field) => <Input {...field} value={domains} onChange={({ target }) => setDomains(target.value)} />}
      </Field>
      <CheckField checked={jit} onChange={setJit}>
        Make an account for whoever has none
      </CheckField>
      <CheckField checked={enabled} onChange={setEnabled}>
        On
      </CheckField>
    </FormDialog>
  )
}
