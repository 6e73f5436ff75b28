import { createFileRoute } from '@tanstack/react-router'
import { Page } from '@/components/page'
import { HealthPanel, StatsPanel } from '@/features/status/components/status-page'
import { useCan } from '@/lib/session'

export const Route = createFileRoute('/_app/status')({ component: StatusPage })

function StatusPage() {
  const stats = useCan('stats')
  return (
    <Page title="Status" description="Health of this installation and counts of this workspace.">
      <div className="grid gap-5">
        <HealthPanel />
        {stats && <StatsPanel />}
      </div>
    </Page>
  )
}
