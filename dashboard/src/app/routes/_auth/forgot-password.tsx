import { createFileRoute, Link } from '@tanstack/react-router'
import { ForgotForm } from '@/features/auth/components/forgot-form'

export const Route = createFileRoute('/_auth/forgot-password')({ component: Forgot })

function Forgot() {
  return (
    <ForgotForm
      loginLink={
        <Link to="/login" className="font-medium text-accent underline underline-offset-2">
          Back to sign in
        </Link>
      }
    />
  )
}
