import { Link } from '@tanstack/react-router'
import { formatDateTime } from '@/lib/format'
import { useMe } from '@/lib/session'

/** Tells who will need a second factor from when on. */
export function FactorNotice() {
  const { workspace, rules } = useMe()
  const owed = rules.secondFactor
  if (!owed?.from || owed.now) return null
  return (
    <p role="status" className="border-b bg-warn-soft px-4 py-2 text-sm text-warn sm:px-6 lg:px-8">
      From <time dateTime={owed.from}>{formatDateTime(owed.from)}</time> on, {workspace.name} asks for a
      second factor.{' '}
      <Link to="/settings/security" className="font-medium underline">
        {owed.due === 'second_factor_required' ? 'Set one up' : 'Show yours by signing in with it'}
      </Link>
    </p>
  )
}
