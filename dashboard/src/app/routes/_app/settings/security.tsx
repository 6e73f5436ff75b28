import { createFileRoute } from '@tanstack/react-router'
import { Section } from '@/components/section'
import { ApiTokens } from '@/features/security/components/api-tokens'
import { Authenticator } from '@/features/security/components/authenticator'
import { Passkeys } from '@/features/security/components/passkeys'
import { PasswordChange } from '@/features/settings/components/password-change'
import { Sessions } from '@/features/settings/components/sessions'
import { Identities } from '@/features/signin/components/identities'
import { text } from '@/lib/search-params'

interface Search {
  /** The provider whose identity was just linked. */
  linked?: string
  /** Why one was not. */
  notLinked?: string
}

export const Route = createFileRoute('/_app/settings/security')({
  validateSearch: (search): Search => ({
    linked: text(search, 'linked'),
    notLinked: text(search, 'notLinked'),
  }),
  component: SecurityPage,
})

function SecurityPage() {
  const { linked, notLinked } = Route.useSearch()
  return (
    <>
      <Section title="Password">
        <PasswordChange />
      </Section>
      <Section title="Sessions" description="Where you are signed in.">
        <Sessions />
      </Section>
      <Section title="Sign-in accounts" description="Your accounts elsewhere that sign you in here.">
        <Identities linked={linked} notLinked={notLinked} />
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
