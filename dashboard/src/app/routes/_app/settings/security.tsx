import { createFileRoute } from '@tanstack/react-router'
import { Section } from '@/components/section'
import { ApiTokens } from '@/features/security/components/api-tokens'
import { Authenticator } from '@/features/security/components/authenticator'
import { Passkeys } from '@/features/security/components/passkeys'
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
      <Section title="Second factor">
        <Authenticator />
      </Section>
      <Section title="Passkeys">
        <Passkeys />
      </Section>
      <Section title="API tokens">
        <ApiTokens />
      </Section>
    </>
  )
}
