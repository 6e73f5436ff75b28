import { createFileRoute } from '@tanstack/react-router'
import { Section } from '@/components/section'
import { WorkspaceEnd, Workspaces } from '@/features/settings/components/workspaces'
import { useCan, useMe } from '@/lib/session'

export const Route = createFileRoute('/_app/settings/workspaces')({ component: WorkspacesPage })

function WorkspacesPage() {
  const { user } = useMe()
  const admin = useCan('admin')
  return (
    <>
      <Section title="Your workspaces">
        <Workspaces />
      </Section>
      {admin && (
        <Section title="End of this workspace">
          <WorkspaceEnd userId={user.id} />
        </Section>
      )}
    </>
  )
}
