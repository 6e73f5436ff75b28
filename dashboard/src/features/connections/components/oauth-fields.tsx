import { CopyButton } from '@/components/ui/copy-button'
import { CheckField, Field, Input, Select } from '@/components/ui/field'
import type { OAuth } from '@/lib/api/types'
import { usePublicUrl } from '@/lib/use-public-url'
import { type AuthValues, fillVariable, openVariables } from '../auth'

const GRANTS: Record<NonNullable<OAuth['grant']>, string> = {
  authorization_code: 'A person connects in the browser',
  device_code: 'A person enters a code elsewhere',
  client_credentials: 'The application itself',
  jwt_bearer: 'A signed assertion',
}

interface OAuthFieldsProps {
  values: AuthValues
  onChange: (values: AuthValues) => void
  secretHint: string
}

/** How a grant is obtained. What the document says need not be entered. */
export function OAuthFields({ values, onChange, secretHint }: OAuthFieldsProps) {
  const { oauth } = values
  const set = (patch: OAuth) => onChange({ ...values, oauth: { ...oauth, ...patch } })
  const redirect = `${usePublicUrl()}/api/oauth/callback`
  const personal = oauth.grant === undefined || oauth.grant === 'authorization_code'
  const addresses = [
    ['authorizeUrl', 'Address to authorise at', personal],
    ['tokenUrl', 'Address of tokens', true],
    ['deviceUrl', 'Address of device codes', oauth.grant === 'device_code'],
  ] as const
  return (
    <>
      <Field label="Who authorises">
        {(field) => (
          <Select
            {...field}
            value={oauth.grant ?? 'authorization_code'}
            onChange={(event) => set({ grant: event.target.value as OAuth['grant'] })}
          >
            {Object.entries(GRANTS)
              .filter(([grant]) => grant !== 'jwt_bearer' || oauth.grant === 'jwt_bearer')
              .map(([grant, label]) => (
                <option key={grant} value={grant}>
                  {label}
                </option>
              ))}
          </Select>
        )}
      </Field>
      {personal && (
        <div className="grid gap-1 rounded-md border bg-sunken px-3 py-2 text-sm">
          <span className="text-ink-2">
            Register an application at the provider, with this redirect address:
          </span>
          <span className="flex items-center gap-1">
            <code className="break-all font-mono text-xs">{redirect}</code>
            <CopyButton text={redirect} label="Copy redirect address" />
          </span>
        </div>
      )}
      {openVariables(oauth).map((name) => (
        <Field
          key={name}
          label={`Your ${name}`}
          hint="It is part of the provider's addresses. Leave the field to take it over."
        >
          {(field) => (
            <Input
              {...field}
              autoComplete="off"
              defaultValue=""
              onBlur={(event) => {
                if (/^[\w.-]+$/.test(event.target.value.trim()))
                  onChange({ ...values, oauth: fillVariable(oauth, name, event.target.value.trim()) })
              }}
            />
          )}
        </Field>
      ))}
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <Field label="Client id">
          {(field) => (
            <Input
              {...field}
              autoComplete="off"
              className="font-mono"
              value={oauth.clientId ?? ''}
              onChange={(event) => set({ clientId: event.target.value.trim() })}
            />
          )}
        </Field>
        <Field label="Client secret" hint={secretHint}>
          {(field) => (
            <Input
              {...field}
              type="password"
              autoComplete="off"
              value={values.clientSecret}
              onChange={(event) => onChange({ ...values, clientSecret: event.target.value })}
            />
          )}
        </Field>
      </div>
      <details>
        <summary className="rounded-sm text-accent text-sm">Addresses and details of the provider</summary>
        <div className="mt-2 grid gap-3">
          {addresses
            .filter(([, , used]) => used)
            .map(([name, label]) => (
              <Field key={name} label={label} aside="optional" hint="Without one, the document's is taken.">
                {(field) => (
                  <Input
                    {...field}
                    inputMode="url"
                    className="font-mono"
                    value={oauth[name] ?? ''}
                    onChange={(event) => set({ [name]: event.target.value.trim() })}
                  />
                )}
              </Field>
            ))}
          <Field label="How the client proves itself">
            {(field) => (
              <Select
                {...field}
                value={oauth.clientAuth ?? ''}
                onChange={(event) => {
                  const clientAuth = event.target.value as NonNullable<OAuth['clientAuth']>
                  onChange({ ...values, oauth: { ...oauth, clientAuth: clientAuth || undefined } })
                }}
              >
                <option value="">As usual</option>
                <option value="basic">In the header Authorization</option>
                <option value="post">In the body</option>
                <option value="none">Not at all</option>
              </Select>
            )}
          </Field>
          {personal && (
            <CheckField checked={oauth.pkce ?? true} onChange={(pkce) => set({ pkce })}>
              PKCE <span className="text-ink-2">(switch it off for providers that refuse it)</span>
            </CheckField>
          )}
        </div>
      </details>
    </>
  )
}
