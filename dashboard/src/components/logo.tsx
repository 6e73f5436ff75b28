import { cn } from '@/lib/cn'

/** The mark: a socket drawn as a Q, whose tail runs into the next step. */
export function LogoMark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 24 24" fill="none" aria-hidden="true" className={cn('size-6', className)}>
      <path
        d="M12 3.6a8 8 0 1 0 5.2 14.1"
        stroke="currentColor"
        strokeWidth="2.5"
        strokeLinecap="round"
        className="text-accent"
      />
      <path
        d="M16.4 5.9A8 8 0 0 1 19.5 13.4"
        stroke="currentColor"
        strokeWidth="2.5"
        strokeLinecap="round"
        className="text-accent opacity-50"
      />
      <path d="m12.6 12.2 6 6" stroke="currentColor" strokeWidth="2.5" strokeLinecap="round" />
      <circle cx="20" cy="19.6" r="2.4" fill="currentColor" className="text-accent" />
    </svg>
  )
}

export function Logo({ className }: { className?: string }) {
  return (
    <span className={cn('inline-flex items-center gap-2', className)}>
      <LogoMark />
      <span className="font-semibold text-[1.0625rem] tracking-[-0.02em]">
        API<span className="text-accent">Q</span>
      </span>
    </span>
  )
}
