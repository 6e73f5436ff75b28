import { createFileRoute } from '@tanstack/react-router'
import { Section } from '@/components/section'
import { Providers } from '@/features/signin/components/providers'
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
      </Section>
    </PartGate>
  )
}
