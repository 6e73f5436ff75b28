import { createFileRoute } from '@tanstack/react-router'
import { Section } from '@/components/section'
import { DataKeys } from '@/features/keys/components/data-keys'
import { PartGate } from '../../../shell/role-gate'

export const Route = createFileRoute('/_app/settings/keys')({ component: KeysPage })

function KeysPage() {
  return (
    <PartGate needs="admin">
      <Section title="Data keys">
        <DataKeys />
      </Section>
    </PartGate>
  )
}
