import { createFileRoute } from '@tanstack/react-router'
import { Section } from '@/components/section'
import { WorkspaceEnd } from '@/features/settings/components/workspaces'
import { useMe } from '@/lib/session'
import { PartGate } from '../../../shell/role-gate'

export const Route = createFileRoute('/_app/settings/general')({ component: GeneralPage })

function GeneralPage() {
  const { user } = useMe()
  return (
    <PartGate needs="admin">
      <Section title="End of this workspace">
        <WorkspaceEnd userId={user.id} />
      </Section>
    </PartGate>
  )
}
