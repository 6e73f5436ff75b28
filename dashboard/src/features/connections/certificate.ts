import type { ConnectionInput } from '@/lib/api/types'

export interface CertificateValues {
  certificate: string
  privateKey: string
  ca: string
  /** The one that is stored is to go. */
  removed: boolean
}

export const NO_CERTIFICATE: CertificateValues = { certificate: '', privateKey: '', ca: '', removed: false }

/** Days before its end from which a certificate is warned of. */
const SOON = 30

export type Validity = 'good' | 'ends soon' | 'ended'

export function validityOf(notAfter: string, now: number): Validity {
  const left = Date.parse(notAfter) - now
  if (left <= 0) return 'ended'
  return left < SOON * 86_400_000 ? 'ends soon' : 'good'
}

/** The contract's `clientCertificate`: left out, what is stored stays; empty, it goes. */
export function clientCertificate(values: CertificateValues): ConnectionInput['clientCertificate'] {
  const filled = Object.entries({
    certificate: values.certificate.trim(),
    privateKey: values.privateKey.trim(),
    ca: values.ca.trim(),
  }).filter(([, value]) => value !== '')
  if (filled.length > 0) return Object.fromEntries(filled)
  return values.removed ? {} : undefined
}
