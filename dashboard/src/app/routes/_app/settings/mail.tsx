import { createFileRoute } from '@tanstack/react-router'
import { Section } from '@/components/section'
import { Mail } from '@/features/settings/components/mail'
import { PartGate } from '../../../shell/role-gate'

export const Route = createFileRoute('/_app/settings/mail')({ component: MailPage })

function MailPage() {
  return (
    <PartGate needs="admin">
      <Section
        title="Mail"
        description="What this workspace sent, where no mail server is set. Letters about accounts are shown to nobody else."
      >
        <Mail />
      </Section>
    </PartGate>
  )
}
