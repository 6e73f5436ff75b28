import { createFileRoute } from '@tanstack/react-router'
import { Section } from '@/components/section'
import { PasswordChange } from '@/features/settings/components/password-change'
import { Sessions } from '@/features/settings/components/sessions'

export const Route = createFileRoute('/_app/settings/security')({ component: SecurityPage })

function SecurityPage() {
  return (
    <>
      <Section title="Password">
        <PasswordChange />
      </Section>
      <Section title="Sessions" description="Where you are signed in.">
        <Sessions />
      </Section>
    </>
  )
}
