import { Badge } from '@/components/ui/badge'
import { CopyButton } from '@/components/ui/copy-button'
import type { ClientCertificate } from '@/lib/api/types'
import { formatDateTime } from '@/lib/format'
import { useNow } from '@/lib/use-now'
import { validityOf } from '../certificate'

/** What may be shown of a client certificate, and whether a new one is due. */
export function CertificateFacts({ certificate }: { certificate: ClientCertificate }) {
  const { subject, issuer, notAfter, fingerprint, ownCa } = certificate
  const validity = validityOf(notAfter, useNow(false))
  return (
    <div className="grid gap-1 text-sm">
      <p className="wrap-anywhere">{subject}</p>
      <p className="wrap-anywhere text-ink-3 text-xs">
        issued by {issuer}
        {ownCa && ' · the API’s own certificate is checked against an authority that you gave'}
      </p>
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-xs">
        <span>
          valid until <time dateTime={notAfter}>{formatDateTime(notAfter)}</time>
        </span>
        {validity === 'ends soon' && <Badge tone="warn">Ends soon: replace it</Badge>}
        {validity === 'ended' && <Badge tone="bad">Ended: calls fail until it is replaced</Badge>}
      </p>
      <p className="flex min-w-0 items-center gap-1 text-ink-3 text-xs">
        <span className="whitespace-nowrap">SHA-256</span>
        <code className="min-w-0 truncate font-mono">{fingerprint}</code>
        <CopyButton text={fingerprint} label="Copy the fingerprint" />
      </p>
    </div>
  )
}
