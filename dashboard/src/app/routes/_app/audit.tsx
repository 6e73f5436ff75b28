import { createFileRoute, useNavigate } from '@tanstack/react-router'
import { Page } from '@/components/page'
import { AuditLog, VerifyChain } from '@/features/audit/components/audit-log'
import { type AuditFilter, LEVELS, OUTCOMES } from '@/features/audit/filter'
import { oneOf, text } from '@/lib/search-params'
import { RoleGate } from '../../shell/role-gate'

export const Route = createFileRoute('/_app/audit')({
  validateSearch: (search): AuditFilter => {
    const [q, action] = [text(search, 'q'), text(search, 'action')]
    const [outcome, level] = [oneOf(search, 'outcome', OUTCOMES), oneOf(search, 'level', LEVELS)]
    return {
      ...(q ? { q } : {}),
      ...(action ? { action } : {}),
      ...(outcome ? { outcome } : {}),
      ...(level ? { level } : {}),
    }
  },
  component: AuditPage,
})

function AuditPage() {
  const filter = Route.useSearch()
  const navigate = useNavigate()
  return (
    <RoleGate needs="audit" title="Audit log">
      <Page
        title="Audit log"
        description="Who did what, when, and whether it was allowed. Records are chained by hash: none can be changed unseen."
        actions={<VerifyChain />}
      >
        <AuditLog
          filter={filter}
          onFilter={(search) => void navigate({ to: '/audit', search, replace: true })}
        />
      </Page>
    </RoleGate>
  )
}
