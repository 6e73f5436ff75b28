import { Link } from '@tanstack/react-router'
import { formatDateTime } from '@/lib/format'
import { useCan, useMe } from '@/lib/session'

/** Says on every page why nothing can be changed in a workspace that is being deleted. */
export function ClosingBanner() {
  const { deleteAt } = useMe().workspace
  const admin = useCan('admin')
  if (!deleteAt) return null
  return (
    <p className="border-b bg-warn-soft px-4 py-2 text-sm text-warn sm:px-6 lg:px-8">
      This workspace is deleted on <time dateTime={deleteAt}>{formatDateTime(deleteAt)}</time>. Until then it
      can be read and not changed.{' '}
      {admin && (
        <Link to="/settings/general" className="font-medium underline">
          What can be done
        </Link>
      )}
    </p>
  )
}
