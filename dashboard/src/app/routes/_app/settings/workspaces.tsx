import { createFileRoute } from '@tanstack/react-router'
import { Section } from '@/components/section'
import { Deletions } from '@/features/workspaces/components/deletions'
import { WorkspaceList } from '@/features/workspaces/components/workspace-list'

export const Route = createFileRoute('/_app/settings/workspaces')({ component: WorkspacesPage })

function WorkspacesPage() {
  return (
    <>
      <Section title="Your workspaces">
        <WorkspaceList />
      </Section>
      <Section title="Deleted workspaces">
        <Deletions />
      </Section>
    </>
  )
}
