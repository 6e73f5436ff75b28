import { Link } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { buttonClass } from '@/components/ui/button'
import { useCan } from '@/lib/session'

/** The way to a new connection, for those who may add one. */
export function ConnectLink() {
  if (!useCan('change')) return null
  return (
    <Link to="/connections/new" className={buttonClass({ variant: 'primary' })}>
      <Plus aria-hidden /> Connect an API
    </Link>
  )
}
