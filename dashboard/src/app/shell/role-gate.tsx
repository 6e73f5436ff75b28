import { Lock } from 'lucide-react'
import type { ReactNode } from 'react'
import { EmptyState } from '@/components/empty-state'
import { Page } from '@/components/page'
import { type Ability, useCan } from '@/lib/session'

interface RoleGateProps {
  needs: Ability
  title: string
  children: ReactNode
}

/** Spares a person the request that the server would refuse, and says who can help. */
export function RoleGate({ needs, title, children }: RoleGateProps) {
  if (useCan(needs)) return children
  return (
    <Page title={title} width="read">
      <OutOfReach />
    </Page>
  )
}

/** The same for a part of a page. */
export function PartGate({ needs, children }: Omit<RoleGateProps, 'title'>) {
  return useCan(needs) ? children : <OutOfReach />
}

function OutOfReach() {
  return (
    <EmptyState icon={Lock} title="Your role does not reach this page">
      Ask an admin of the workspace, if you need it.
    </EmptyState>
  )
}
