import { createFileRoute } from '@tanstack/react-router'
import { Section } from '@/components/section'
import { UsagePanel } from '@/features/usage/components/meters'
import { PartGate } from '../../../shell/role-gate'

export const Route = createFileRoute('/_app/settings/usage')({ component: UsagePage })

function UsagePage() {
  return (
    <PartGate needs="audit">
      <Section title="Usage" description="What this workspace takes up, and may. Days are counted in UTC.">
        <UsagePanel />
      </Section>
    </PartGate>
  )
}
