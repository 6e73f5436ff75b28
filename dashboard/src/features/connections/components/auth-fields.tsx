import { Button } from '@/components/ui/button'
import { CheckField, Field, Input, Select } from '@/components/ui/field'
import { plural } from '@/lib/format'
import {
  AUTH_KINDS,
  AUTH_LABELS,
  type AuthKind,
  type AuthValues,
  NO_AUTH,
  type Suggestion,
  scopeList,
  toggleScope,
} from '../auth'
import { OAuthFields } from './oauth-fields'
import { Rows } from './rows'
import { SentIn } from './sent-in'
import { AWSFields, ExchangeFields, HMACFields } from './signing-fields'

interface AuthFieldsProps {
  values: AuthValues
  onChange: (values: AuthValues) => void
  suggested: Suggestion[]
  /** The scopes that the document knows; without any, none are asked for. */
  scopes: { scope: string; about: string }[]
  /** True where a credential is stored already: its fields are then empty on purpose. */
  stored?: boolean
}

/** The credential's form; the spec's own schemes come first. */
export function AuthFields({ values, onChange, suggested, scopes, stored }: AuthFieldsProps) {
  const set = (patch: Partial<AuthValues>) => onChange({ ...values, ...patch })
  const secretHint = stored
    ? 'A value is stored. Enter one to replace it.'
    : 'Stored sealed; it is never shown again.'
  return (
    <div className="grid gap-4">
      {suggested.length > 0 && (
        <div>
          <p className="mb-1.5 text-ink-2 text-sm">The document asks for:</p>
          <div className="flex flex-wrap gap-2">
            {suggested.map(({ scheme, label, note, values: preset }) => (
              <Button
                key={scheme}
                size="sm"
                aria-pressed={values.kind === preset.kind && values.name === preset.name}
                className="h-auto py-1 aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-accent"
                onClick={() => onChange(preset)}
              >
                {label}
                <span className="font-normal text-ink-3">{note}</span>
              </Button>
            ))}
          </div>
        </div>
      )}
      <Field label="Sign-in">
        {(field) => (
          <Select
            {...field}
            value={values.kind}
            onChange={(event) => onChange({ ...NO_AUTH, kind: event.target.value as AuthKind })}
          >
            {AUTH_KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {AUTH_LABELS[kind]}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {values.kind === 'API_KEY' && (
        <>
          <div className="grid grid-cols-[8rem_1fr] gap-3">
            <SentIn value={values.in} onChange={(place) => set({ in: place })} />
            <Field label="Name">
              {(field) => (
                <Input
                  {...field}
                  value={values.name}
                  placeholder="X-Api-Key"
                  className="font-mono"
                  onChange={(event) => set({ name: event.target.value })}
                />
              )}
            </Field>
          </div>
          <Field label="Key" hint={secretHint}>
            {(field) => (
              <Input
                {...field}
                type="password"
                autoComplete="off"
                value={values.value}
                onChange={(event) => set({ value: event.target.value })}
              />
            )}
          </Field>
        </>
      )}
      {values.kind === 'BEARER' && (
        <Field label="Token" hint={secretHint}>
          {(field) => (
            <Input
              {...field}
              type="password"
              autoComplete="off"
              value={values.token}
              onChange={(event) => set({ token: event.target.value })}
            />
          )}
        </Field>
      )}
      {values.kind === 'BEARER' && (scopes.length > 0 || values.scopes !== '') && (
        <ScopeFields text={values.scopes} known={scopes} onChange={(text) => set({ scopes: text })} />
      )}
      {values.kind === 'BASIC' && (
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label="User name">
            {(field) => (
              <Input
                {...field}
                autoComplete="off"
                value={values.username}
                onChange={(event) => set({ username: event.target.value })}
              />
            )}
          </Field>
          <Field label="Password" hint={secretHint}>
            {(field) => (
              <Input
                {...field}
                type="password"
                autoComplete="off"
                value={values.password}
                onChange={(event) => set({ password: event.target.value })}
              />
            )}
          </Field>
        </div>
      )}
      {values.kind === 'CUSTOM' && (
        <Rows label="Headers" noun="header" rows={values.headers} onChange={(headers) => set({ headers })} />
      )}
      {values.kind === 'OAUTH' && <OAuthFields values={values} onChange={onChange} secretHint={secretHint} />}
      {values.kind === 'OAUTH' && (
        <ScopeFields
          title="Scopes to ask for"
          hint="With spaces between them. Active workflows that need more are told of, and asked for when you connect."
          text={values.scopes}
          known={scopes}
          onChange={(text) => set({ scopes: text })}
        />
      )}
      {values.kind === 'AWS_SIGV4' && (
        <AWSFields values={values} onChange={onChange} secretHint={secretHint} />
      )}
      {values.kind === 'HMAC' && <HMACFields values={values} onChange={onChange} secretHint={secretHint} />}
      {values.kind === 'TOKEN_EXCHANGE' && <ExchangeFields values={values} onChange={onChange} />}
    </div>
  )
}

interface ScopeFieldsProps {
  title?: string
  hint?: string
  text: string
  known: AuthFieldsProps['scopes']
  onChange: (text: string) => void
}

/** What a token may do, where the person knows: a plan that needs more is then told of before it runs. */
function ScopeFields({ title = 'Scopes of the token', hint, text, known, onChange }: ScopeFieldsProps) {
  const given = scopeList(text)
  return (
    <div className="grid gap-2">
      <Field
        label={title}
        aside="optional"
        hint={
          hint ??
          'With spaces between them, as the API granted them. A plan that needs another one is then refused before it runs. Leave it empty if you do not know.'
        }
      >
        {(field) => (
          <Input
            {...field}
            autoComplete="off"
            spellCheck={false}
            className="font-mono"
            value={text}
            onChange={(event) => onChange(event.target.value)}
          />
        )}
      </Field>
      {known.length > 0 && (
        <details>
          <summary className="rounded-sm text-accent text-sm">
            {plural(known.length, 'scope')} in the document
          </summary>
          <ul className="mt-2 grid max-h-56 gap-1 overflow-y-auto rounded-md border p-2">
            {known.map(({ scope, about }) => (
              <li key={scope}>
                <CheckField
                  checked={given.includes(scope)}
                  onChange={() => onChange(toggleScope(text, scope))}
                >
                  <code className="break-all font-mono text-xs">{scope}</code>{' '}
                  <span className="text-ink-2">{about}</span>
                </CheckField>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  )
}
