import { Link, type LinkProps } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import type { ReactNode } from 'react'

export function BackLink({ to, children }: { to: LinkProps['to']; children: ReactNode }) {
  return (
    <Link to={to} className="inline-flex items-center gap-1 rounded-sm text-ink-3 text-sm hover:text-ink">
      <ArrowLeft className="size-3.5" aria-hidden /> {children}
    </Link>
  )
}
