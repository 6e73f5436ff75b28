import { createFileRoute } from '@tanstack/react-router'
import { Section } from '@/components/section'
import { WorkspaceEnd } from '@/features/workspaces/components/workspace-end'
import { WorkspaceFacts } from '@/features/workspaces/components/workspace-facts'
import { PartGate } from '../../../shell/role-gate'

export const Route = createFileRoute('/_app/settings/general')({ component: GeneralPage })

function GeneralPage() {
  return (
    <PartGate needs="admin">
      <Section title="Workspace">
        <WorkspaceFacts />
      </Section>
      <Section title="End of this workspace">
        <WorkspaceEnd />
      </Section>
    </PartGate>
  )
}
