import { CornerDownRight } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Composer } from '@/components/composer'
import { $api } from '@/lib/api/client'
import { useCan, useMe } from '@/lib/session'
import { promptsFor } from '../prompts'

interface HomeProps {
  onPlan: (prompt: string) => void
  /** What else the home shows: connections, latest runs. */
  children: ReactNode
}

/** Where a visit starts: say what should happen. */
export function Home({ onPlan, children }: HomeProps) {
  const { user } = useMe()
  const mayPlan = useCan('change')
  const first = user.name.trim().split(/\s+/)[0]
  return (
    <div className="mx-auto w-full max-w-5xl px-4 py-8 sm:px-6 lg:px-8 lg:py-14">
      <h1 className="mb-1 font-semibold text-[1.625rem] leading-tight tracking-[-0.025em]">
        {mayPlan ? 'What should happen?' : `Good to see you, ${first}`}
      </h1>
      <p className="mb-5 text-ink-2">
        {mayPlan
          ? 'Say it in plain words. You get a checked plan first; nothing runs before you confirm it.'
          : 'You read everything here and change nothing.'}
      </p>
      {mayPlan && <Prompt onPlan={onPlan} />}
      {children}
    </div>
  )
}

function Prompt({ onPlan }: { onPlan: (prompt: string) => void }) {
  const [text, setText] = useState('')
  const query = $api.useQuery('get', '/api/apis', { params: { query: { limit: 100 } } })
  const prompts = promptsFor(query.data?.data ?? [])
  return (
    <div className="mb-12">
      <Composer
        label="Your goal"
        placeholder="Find the failed payment, look up its customer, open an issue…"
        autoFocus
        value={text}
        onChange={setText}
        onSend={() => onPlan(text.trim())}
      />
      {prompts.length > 0 && (
        <ul aria-label="Examples" className="mt-3 flex flex-wrap gap-2">
          {prompts.map((prompt) => (
            <li key={prompt} className="max-w-full">
              <button
                type="button"
                onClick={() => onPlan(prompt)}
                className="flex max-w-full items-center gap-1.5 rounded-full border border-line-strong bg-surface px-3 py-1 text-left text-ink-2 text-sm hover:border-accent hover:text-ink"
              >
                <CornerDownRight className="size-3.5 shrink-0 text-accent" aria-hidden />
                {prompt}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
