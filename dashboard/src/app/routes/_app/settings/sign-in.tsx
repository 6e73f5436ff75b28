import { createFileRoute } from '@tanstack/react-router'
import { Section } from '@/components/section'
import { Directory } from '@/features/signin/components/directory'
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
        title="Directory"
        description="Okta, Entra ID or another client of SCIM 2.0 keeps the members, and their roles by group."
      >
        <Directory />
      </Section>
    </PartGate>
  )
}
