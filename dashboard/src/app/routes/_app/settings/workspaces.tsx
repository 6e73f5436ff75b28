import { createFileRoute } from '@tanstack/react-router'
import { Section } from '@/components/section'
import { Workspaces } from '@/features/settings/components/workspaces'

export const Route = createFileRoute('/_app/settings/workspaces')({ component: WorkspacesPage })

function WorkspacesPage() {
  return (
    <Section title="Your workspaces">
      <Workspaces />
    </Section>
  )
}
