import type { ReactNode } from 'react'
import { Logo } from '@/components/logo'

const points = [
  ['Say it', 'Describe a goal in plain English, over any API with an OpenAPI document.'],
  ['Check it', 'Every step is checked against the specs before anything runs.'],
  ['Watch it', 'Runs are durable: a finished step is never run again.'],
] as const

/** The page around signing in: what this is at one side, the form at the other. */
export function AuthFrame({ children }: { children: ReactNode }) {
  return (
    <div className="grid min-h-dvh lg:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]">
      <aside className="hidden flex-col justify-between border-r bg-sunken p-10 lg:flex xl:p-14">
        <Logo />
        <div>
          <p className="max-w-md text-balance font-semibold text-[1.75rem] leading-[1.2] tracking-[-0.025em]">
            From a sentence to a checked, durable workflow.
          </p>
          <ol className="mt-8 max-w-md">
            {points.map(([title, body], index) => (
              <li key={title} className="relative flex gap-4 pb-6 last:pb-0">
                {index < points.length - 1 && (
                  <span aria-hidden className="absolute top-6 bottom-0 left-3 w-px bg-line-strong" />
                )}
                <span
                  aria-hidden
                  className="num grid size-6 shrink-0 place-items-center rounded-full border border-line-strong bg-surface font-medium font-mono text-2xs text-accent"
                >
                  {index + 1}
                </span>
                <p className="text-ink-2 text-sm">
                  <span className="font-medium text-ink">{title}.</span> {body}
                </p>
              </li>
            ))}
          </ol>
        </div>
        <p className="text-ink-3 text-xs">
          Your credentials stay on the server, sealed. The browser never sees them.
        </p>
      </aside>
      <main className="flex flex-col items-center justify-center px-5 py-10">
        <div className="w-full max-w-sm">
          <Logo className="mb-8 lg:hidden" />
          {children}
        </div>
      </main>
    </div>
  )
}
