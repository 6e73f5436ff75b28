import { createFileRoute } from '@tanstack/react-router'
import { Section } from '@/components/section'
import { Members } from '@/features/settings/components/members'
import { PartGate } from '../../../shell/role-gate'

export const Route = createFileRoute('/_app/settings/members')({ component: MembersPage })

function MembersPage() {
  return (
    <PartGate needs="admin">
      <Section title="Members">
        <Members />
      </Section>
    </PartGate>
  )
}
