import { Lock } from 'lucide-react'
import { type Sharing, sharingLabel } from '@/lib/sharing'
import { Badge } from './ui/badge'

/** Tells, in a list or beside a title, that not every member may do everything with a thing. */
export function SharingMark({ sharing }: { sharing: Sharing }) {
  const label = sharingLabel(sharing)
  if (!label) return null
  return (
    <Badge tone="outline">
      <Lock aria-hidden /> {label}
    </Badge>
  )
}
