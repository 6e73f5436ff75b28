import { createFileRoute } from '@tanstack/react-router'
import { Page } from '@/components/page'
import { SpecCache } from '@/features/spec-cache/components/spec-cache'
import { RoleGate } from '../../shell/role-gate'

export const Route = createFileRoute('/_app/spec-cache')({
  component: () => (
    <RoleGate needs="admin" title="Spec cache">
      <Page
        title="Spec cache"
        description="Documents fetched by URL. A stale one is asked for with its ETag before it is used again."
      >
        <SpecCache />
      </Page>
    </RoleGate>
  ),
})
