import { createFileRoute, useNavigate } from '@tanstack/react-router'
import { Page } from '@/components/page'
import { AuditLog, VerifyChain } from '@/features/audit/components/audit-log'
import { type AuditFilter, dayOf, LEVELS, OUTCOMES } from '@/features/audit/filter'
import { oneOf, text } from '@/lib/search-params'
import { RoleGate } from '../../shell/role-gate'

export const Route = createFileRoute('/_app/audit')({
  validateSearch: (search): AuditFilter => ({
    q: text(search, 'q'),
    action: text(search, 'action'),
    outcome: oneOf(search, 'outcome', OUTCOMES),
    level: oneOf(search, 'level', LEVELS),
    actor: text(search, 'actor'),
    resource: text(search, 'resource'),
    from: dayOf(text(search, 'from')),
    to: dayOf(text(search, 'to')),
  }),
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
