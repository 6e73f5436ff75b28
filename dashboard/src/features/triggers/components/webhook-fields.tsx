import { Field, Input, Select } from '@/components/ui/field'
import { fieldMessage } from '@/lib/api/problem'
import type { Signature } from '../draft'
import type { TypeFieldsProps } from './fields'

const KINDS: Record<Signature['kind'], string> = {
  standard: 'Standard Webhooks',
  stripe: 'Stripe',
  github: 'GitHub',
  slack: 'Slack',
  hmac: 'Another: HMAC over the body',
}

export function WebhookFields({ draft, onChange, error, stored }: TypeFieldsProps) {
  const { signature } = draft
  const set = (patch: Partial<Signature>) => onChange({ signature: { ...signature, ...patch } })
  const text = (name: 'header' | 'prefix' | 'timestampHeader', label: string, placeholder: string) => (
    <Field label={label} error={fieldMessage(error, `signature/${name}`)}>
      {(control) => (
        <Input
          {...control}
          placeholder={placeholder}
          value={signature[name]}
          onChange={(event) => set({ [name]: event.target.value })}
        />
      )}
    </Field>
  )
  return (
    <div className="grid gap-3">
      <Field label="Who sends it" error={fieldMessage(error, 'signature/kind')}>
        {(control) => (
          <Select
            {...control}
            value={signature.kind}
            onChange={(event) => set({ kind: event.target.value as Signature['kind'] })}
          >
            {Object.entries(KINDS).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {signature.kind === 'hmac' && (
        <div className="grid items-start gap-3 sm:grid-cols-2">
          {text('header', 'Header of the signature', 'X-Signature')}
          {text('prefix', 'What stands before it', 'sha256=')}
          <Field label="Algorithm">
            {(control) => (
              <Select
                {...control}
                value={signature.algorithm}
                onChange={(event) => set({ algorithm: event.target.value as Signature['algorithm'] })}
              >
                <option value="sha256">HMAC-SHA-256</option>
                <option value="sha512">HMAC-SHA-512</option>
              </Select>
            )}
          </Field>
          <Field label="Written in">
            {(control) => (
              <Select
                {...control}
                value={signature.encoding}
                onChange={(event) => set({ encoding: event.target.value as Signature['encoding'] })}
              >
                <option value="hex">Hex</option>
                <option value="base64">Base64</option>
              </Select>
            )}
          </Field>
          {text('timestampHeader', 'Header of the time, if signed', 'X-Timestamp')}
        </div>
      )}
      <Field
        label="Secret"
        aside="optional"
        hint={
          stored
            ? 'Empty: the stored one stays. Enter one to replace it.'
            : 'The one that the sender shows you. Empty: one is made for you to give to the sender.'
        }
        error={fieldMessage(error, 'secret')}
      >
        {(control) => (
          <Input
            {...control}
            type="password"
            autoComplete="off"
            value={draft.secret}
            onChange={(event) => onChange({ secret: event.target.value })}
          />
        )}
      </Field>
    </div>
  )
}
