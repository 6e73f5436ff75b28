import { createFileRoute } from '@tanstack/react-router'
import { Section } from '@/components/section'
import { RetentionRules } from '@/features/settings/components/retention'
import { PartGate } from '../../../shell/role-gate'

export const Route = createFileRoute('/_app/settings/retention')({ component: RetentionPage })

function RetentionPage() {
  return (
    <PartGate needs="admin">
      <Section title="Data retention" description="How long this workspace keeps what it makes.">
        <RetentionRules />
      </Section>
    </PartGate>
  )
}
