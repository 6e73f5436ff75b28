import { Link } from '@tanstack/react-router'
import { Compass } from 'lucide-react'
import { EmptyState } from '@/components/empty-state'
import { Page } from '@/components/page'
import { buttonClass } from '@/components/ui/button'

export default function NotFound() {
  return (
    <Page title="Not found" width="read">
      <EmptyState
        icon={Compass}
        title="There is nothing at this address"
        action={
          <Link to="/" className={buttonClass({ variant: 'primary' })}>
            Go home
          </Link>
        }
      >
        The link may be old, or what it named was deleted.
      </EmptyState>
    </Page>
  )
}
