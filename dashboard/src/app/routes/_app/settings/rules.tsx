import { createFileRoute } from '@tanstack/react-router'
import { Section } from '@/components/section'
import { PolicyRules } from '@/features/settings/components/policy'
import { PartGate } from '../../../shell/role-gate'

export const Route = createFileRoute('/_app/settings/rules')({ component: RulesPage })

function RulesPage() {
  return (
    <PartGate needs="admin">
      <Section title="Security rules" description="What this workspace asks of everybody's sessions in it.">
        <PolicyRules />
      </Section>
    </PartGate>
  )
}
