import { createFileRoute } from '@tanstack/react-router'
import { Page } from '@/components/page'
import { Inbox } from '@/features/executions/components/inbox'
import { RoleGate } from '../../shell/role-gate'

export const Route = createFileRoute('/_app/waiting')({ component: WaitingPage })

function WaitingPage() {
  return (
    <RoleGate needs="change" title="Waiting for you">
      <Page
        title="Waiting for you"
        description="Runs that go on when you decide: approvals, and requests whose outcome nobody knows."
        width="read"
      >
        <Inbox />
      </Page>
    </RoleGate>
  )
}
