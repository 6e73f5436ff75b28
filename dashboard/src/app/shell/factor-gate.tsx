import { ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { Logo } from '@/components/logo'
import { Button } from '@/components/ui/button'
import { Authenticator } from '@/features/security/components/authenticator'
import { Passkeys } from '@/features/security/components/passkeys'
import { ProofDialog } from '@/features/security/components/proof'
import { useEnterWorkspace, useWorkspaces } from '@/features/workspaces/membership'
import { $api } from '@/lib/api/client'
import { useMe } from '@/lib/session'
import { usePageTitle } from '@/lib/use-page-title'
import { useSignOut } from './use-sign-out'

interface FactorGateProps {
  /** Asks the server again what the workspace waits for. */
  onDone: () => void
}

/** In place of every page, while the workspace waits for the person's second factor. */
export default function FactorGate({ onDone }: FactorGateProps) {
  const { user, workspace, rules } = useMe()
  usePageTitle('A second factor is needed')
  const signOut = useSignOut()
  const unproven = rules.secondFactor?.due === 'second_factor_unproven'
  return (
    <main className="mx-auto grid min-h-dvh w-full max-w-xl content-center gap-6 px-5 py-10">
      <Logo />
      <div>
        <h1 className="flex items-center gap-2 font-semibold text-xl tracking-tight">
          <ShieldCheck className="size-5 text-accent" aria-hidden />
          {unproven ? 'Show your second factor' : 'Set up a second factor'}
        </h1>
        <p className="mt-1.5 text-ink-2 text-sm">
          {workspace.name} asks everybody for one.{' '}
          {unproven
            ? 'You have one and have not shown it in this session.'
            : 'Set up an authenticator app or a passkey, then go on to where you were.'}
        </p>
      </div>
      {unproven ? <Proof onDone={onDone} /> : <Enrolment onDone={onDone} />}
      <Elsewhere />
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-ink-3 text-sm">
        Signed in as {user.email}
        <Button size="sm" onClick={signOut}>
          Sign out
        </Button>
      </p>
    </main>
  )
}

function Proof({ onDone }: FactorGateProps) {
  const [asking, setAsking] = useState(false)
  return (
    <div>
      <Button variant="primary" onClick={() => setAsking(true)}>
        Show it now
      </Button>
      {asking && <ProofDialog factor onProven={onDone} onClose={() => setAsking(false)} />}
    </div>
  )
}

/** The person goes on by themselves: their recovery codes are still on the page. */
function Enrolment({ onDone }: FactorGateProps) {
  const factors = $api.useQuery('get', '/api/auth/mfa')
  const enrolled = factors.data ? factors.data.data.totp.enabled || factors.data.data.passkeys > 0 : false
  return (
    <div className="grid gap-3">
      <Authenticator />
      <Passkeys />
      <div className="flex justify-end">
        <Button variant="primary" disabled={!enrolled} onClick={onDone}>
          Go on
        </Button>
      </div>
    </div>
  )
}

/** What a workspace asks holds in it: the person's others stay open. */
function Elsewhere() {
  const { enter, isPending } = useEnterWorkspace()
  const others = useWorkspaces().data?.data.filter(({ current, active }) => active && !current) ?? []
  if (others.length === 0) return null
  return (
    <div className="flex flex-wrap items-center gap-2 text-sm">
      <span className="text-ink-2">Or go to</span>
      {others.map(({ id, name }) => (
        <Button key={id} size="sm" disabled={isPending} onClick={() => enter(id)}>
          {name}
        </Button>
      ))}
    </div>
  )
}
