import { createFileRoute } from '@tanstack/react-router'
import { Section } from '@/components/section'
import { Directory } from '@/features/signin/components/directory'
import { Domains } from '@/features/signin/components/domains'
import { Providers } from '@/features/signin/components/providers'
import { Saml } from '@/features/signin/components/saml'
import { PartGate } from '../../../shell/role-gate'

export const Route = createFileRoute('/_app/settings/sign-in')({ component: SignInPage })

function SignInPage() {
  return (
    <PartGate needs="admin">
      <Section
        title="Sign-in"
        description="Providers of your own that members sign in with. What they say holds in this workspace."
      >
        <Providers />
        <Saml />
      </Section>
      <Section
        title="Domains"
        description="E-mail domains that you show to be yours. People with an address there are led to your providers, and come in by them only, if you want that."
      >
        <Domains />
      </Section>
      <Section
        title="Directory"
        description="Okta, Entra ID or another client of SCIM 2.0 keeps the members, and their roles by group."
      >
        <Directory />
      </Section>
    </PartGate>
  )
}
