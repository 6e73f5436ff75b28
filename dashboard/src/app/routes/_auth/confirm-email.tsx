import { createFileRoute, Link } from '@tanstack/react-router'
import { ConfirmEmail } from '@/features/auth/components/confirm-email'
import { useLinkToken } from '../../use-link-token'

export const Route = createFileRoute('/_auth/confirm-email')({ component: Confirm })

function Confirm() {
  return (
    <ConfirmEmail
      token={useLinkToken()}
      onLink={
        <Link to="/" className="font-medium text-accent underline underline-offset-2" reloadDocument>
          Go to APIQ
        </Link>
      }
    />
  )
}
