import { createFileRoute, Link } from '@tanstack/react-router'
import { ResetForm } from '@/features/auth/components/reset-form'
import { useLinkToken } from '../../use-link-token'

export const Route = createFileRoute('/_auth/reset-password')({ component: Reset })

function Reset() {
  const link = 'font-medium text-accent underline underline-offset-2'
  return (
    <ResetForm
      token={useLinkToken()}
      loginLink={
        <Link to="/login" className={link}>
          Sign in
        </Link>
      }
      forgotLink={
        <Link to="/forgot-password" className={link}>
          Ask for a new link
        </Link>
      }
    />
  )
}
