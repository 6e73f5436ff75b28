import { formatAgo, formatDateTime } from '@/lib/format'

/** When something was: short to read, exact on hover. */
export function Ago({ at, empty = 'never' }: { at: string | null | undefined; empty?: string }) {
  if (!at || at.startsWith('0001-')) return <span>{empty}</span>
  return (
    <time dateTime={at} title={formatDateTime(at)} className="whitespace-nowrap">
      {formatAgo(at)}
    </time>
  )
}
