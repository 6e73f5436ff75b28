import { Button } from '@/components/ui/button'
import { Field, Textarea } from '@/components/ui/field'
import type { ClientCertificate } from '@/lib/api/types'
import { type CertificateValues, NO_CERTIFICATE } from '../certificate'
import { CertificateFacts } from './certificate-facts'

interface CertificateFieldsProps {
  /** The one that is stored. */
  stored?: ClientCertificate
  values: CertificateValues
  onChange: (values: CertificateValues) => void
  /** What is wrong with a field, by its name. */
  fault: (field: string) => string | undefined
}

/** The certificate that calls show in the TLS handshake, for APIs that ask for mutual TLS. */
export function CertificateFields({ stored, values, onChange, fault }: CertificateFieldsProps) {
  const set = (patch: Partial<CertificateValues>) => onChange({ ...values, ...patch })
  const general = fault('')
  const faulty = ['', '/certificate', '/privateKey', '/ca'].some((field) => fault(field))
  return (
    <details open={stored !== undefined || faulty || undefined}>
      <summary className="rounded-sm text-accent text-sm">Client certificate (mutual TLS)</summary>
      <div className="mt-2 grid gap-3">
        {stored && (
          <div className="grid gap-2 rounded-md border bg-sunken px-3 py-2">
            {values.removed ? (
              <p role="status" className="text-sm">
                It is taken away when you save.
              </p>
            ) : (
              <CertificateFacts certificate={stored} />
            )}
            <div>
              {values.removed ? (
                <Button size="sm" onClick={() => set({ removed: false })}>
                  Keep it
                </Button>
              ) : (
                <Button
                  size="sm"
                  variant="danger"
                  onClick={() => onChange({ ...NO_CERTIFICATE, removed: true })}
                >
                  Remove the certificate
                </Button>
              )}
            </div>
          </div>
        )}
        {general && (
          <p role="alert" className="text-bad text-sm">
            {general}
          </p>
        )}
        <PemField
          label="Certificate"
          hint={
            stored
              ? 'One is stored. Enter another, with its key, to replace it.'
              : 'In PEM: the own certificate first, then those that issued it.'
          }
          begins="CERTIFICATE"
          error={fault('/certificate')}
          value={values.certificate}
          onChange={(certificate) => set({ certificate })}
        />
        <PemField
          label="Private key"
          hint="In PEM, without a passphrase. Stored sealed; it is never shown again."
          begins="PRIVATE KEY"
          error={fault('/privateKey')}
          value={values.privateKey}
          onChange={(privateKey) => set({ privateKey })}
        />
        <PemField
          label="Authority of the API"
          aside="optional"
          hint="Where the API’s own certificate is not of a public authority."
          begins="CERTIFICATE"
          error={fault('/ca')}
          value={values.ca}
          onChange={(ca) => set({ ca })}
        />
      </div>
    </details>
  )
}

interface PemFieldProps {
  label: string
  aside?: string
  hint: string
  begins: string
  error?: string
  value: string
  onChange: (value: string) => void
}

function PemField({ label, aside, hint, begins, error, value, onChange }: PemFieldProps) {
  return (
    <Field label={label} aside={aside} hint={hint} error={error}>
      {(field) => (
        <Textarea
          {...field}
          autoComplete="off"
          spellCheck={false}
          placeholder={`-----BEGIN ${begins}-----`}
          className="font-mono text-xs"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}
