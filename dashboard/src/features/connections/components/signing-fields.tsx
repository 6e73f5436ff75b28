import { Field, Input, Textarea } from '@/components/ui/field'
import type { AuthValues } from '../auth'
import { Rows } from './rows'
import { SentIn } from './sent-in'

interface SigningFieldsProps {
  values: AuthValues
  onChange: (values: AuthValues) => void
  secretHint: string
}

const AWS_FIELDS = [
  ['accessKeyId', 'Access key id', 'AKIA…', false],
  ['secretAccessKey', 'Secret access key', '', true],
  ['region', 'Region', 'eu-central-1', false],
  ['service', 'Service', 'execute-api', false],
  ['sessionToken', 'Session token, of temporary keys', '', true],
] as const

/** AWS's Signature Version 4. */
export function AWSFields({ values, onChange, secretHint }: SigningFieldsProps) {
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      {AWS_FIELDS.map(([name, label, placeholder, secret]) => (
        <Field key={name} label={label} hint={name === 'secretAccessKey' ? secretHint : undefined}>
          {(field) => (
            <Input
              {...field}
              type={secret ? 'password' : 'text'}
              autoComplete="off"
              placeholder={placeholder}
              className="font-mono"
              value={values.aws[name]}
              onChange={(event) =>
                onChange({ ...values, aws: { ...values.aws, [name]: event.target.value.trim() } })
              }
            />
          )}
        </Field>
      ))}
    </div>
  )
}

/** An HMAC over the parts of the request that the API names. */
export function HMACFields({ values, onChange, secretHint }: SigningFieldsProps) {
  return (
    <>
      <Field label="Secret" hint={secretHint}>
        {(field) => (
          <Input
            {...field}
            type="password"
            autoComplete="off"
            value={values.secret}
            onChange={(event) => onChange({ ...values, secret: event.target.value })}
          />
        )}
      </Field>
      <Field
        label="Scheme"
        hint="What is signed and where the signature goes, as JSON: docs/api.md, Signed requests. It is shown again; keep secrets out of it."
      >
        {(field) => (
          <Textarea
            {...field}
            rows={8}
            spellCheck={false}
            className="font-mono text-xs"
            value={values.scheme}
            onChange={(event) => onChange({ ...values, scheme: event.target.value })}
          />
        )}
      </Field>
      <Rows
        label="Headers that go along, such as the key's id"
        noun="header"
        rows={values.headers}
        onChange={(headers) => onChange({ ...values, headers })}
      />
    </>
  )
}

/** A token that is asked for with credentials. */
export function ExchangeFields({ values, onChange }: Omit<SigningFieldsProps, 'secretHint'>) {
  const { exchange } = values
  const set = (patch: Partial<AuthValues['exchange']>) =>
    onChange({ ...values, exchange: { ...exchange, ...patch } })
  const texts = [
    ['token', 'Where the token stands'],
    ['expiresIn', 'Where its life stands'],
    ['prefix', 'What is sent before the token'],
  ] as const
  return (
    <>
      <Field
        label="Request for a token"
        hint="As JSON: url, method, headers, body. {{name}} stands for a value below."
      >
        {(field) => (
          <Textarea
            {...field}
            rows={6}
            spellCheck={false}
            className="font-mono text-xs"
            value={exchange.request}
            onChange={(event) => set({ request: event.target.value })}
          />
        )}
      </Field>
      <Rows label="Values" noun="value" rows={exchange.values} onChange={(rows) => set({ values: rows })} />
      <div className="grid gap-3 sm:grid-cols-2">
        {texts.map(([name, label]) => (
          <Field key={name} label={label}>
            {(field) => (
              <Input
                {...field}
                className="font-mono"
                value={exchange[name]}
                onChange={(event) => set({ [name]: event.target.value })}
              />
            )}
          </Field>
        ))}
        <SentIn value={values.in} onChange={(place) => onChange({ ...values, in: place })} />
        <Field label="Name">
          {(field) => (
            <Input
              {...field}
              className="font-mono"
              placeholder="Authorization"
              value={values.name}
              onChange={(event) => onChange({ ...values, name: event.target.value.trim() })}
            />
          )}
        </Field>
      </div>
    </>
  )
}
