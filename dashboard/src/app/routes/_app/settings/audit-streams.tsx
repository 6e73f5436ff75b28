import { createFileRoute } from '@tanstack/react-router'
import { Section } from '@/components/section'
import { Sinks } from '@/features/audit/components/sinks'
import { PartGate } from '../../../shell/role-gate'

export const Route = createFileRoute('/_app/settings/audit-streams')({ component: AuditStreamsPage })

function AuditStreamsPage() {
  return (
    <PartGate needs="admin">
      <Section title="Audit records, sent on">
        <Sinks />
      </Section>
    </PartGate>
  )
}
