import { RunStatus } from '@/components/status'
import { Badge, type Tone } from '@/components/ui/badge'
import type { RehearsalScenario } from '@/lib/api/types'
import { byStep, doneText, faultLabel } from '../rehearsal'

interface RehearsalScenariosProps {
  scenarios: RehearsalScenario[]
  /** There are more call steps than faults were tried on. */
  truncated?: boolean
}

export function RehearsalScenarios({ scenarios, truncated }: RehearsalScenariosProps) {
  if (scenarios.length === 0)
    return <p className="px-4 py-3 text-ink-2 text-sm">No call was made that could meet any.</p>
  return (
    <>
      <ul aria-label="Scenarios" className="divide-y">
        {byStep(scenarios).map(([step, group]) => (
          <li key={step}>
            <h3 className="border-b bg-sunken px-4 py-2 font-medium font-mono text-xs">{step}</h3>
            <ul className="divide-y">
              {group.map((scenario) => (
                <ScenarioRow key={scenario.fault} scenario={scenario} />
              ))}
            </ul>
          </li>
        ))}
      </ul>
      {truncated && (
        <p className="border-t px-4 py-2.5 text-ink-2 text-sm">Faults are played in the first calls only.</p>
      )}
    </>
  )
}

const repeats: Record<string, { label: string; tone: Tone }> = {
  safe: { label: 'Safe to start again', tone: 'ok' },
  duplicates: { label: 'Do not start again', tone: 'warn' },
  unknown: { label: 'Look first', tone: 'warn' },
}

function ScenarioRow({ scenario }: { scenario: RehearsalScenario }) {
  const { fault, what, status, at, error, cause, acted, done, lost, altered, repeat, repeatWhy } = scenario
  const verdict = repeat && repeats[repeat]
  return (
    <li className="grid gap-x-6 gap-y-2 px-4 py-3 text-sm sm:grid-cols-[11rem_1fr]">
      <div className="flex flex-wrap items-center gap-2 sm:flex-col sm:items-start">
        <span className="font-medium">{faultLabel(fault)}</span>
        <RunStatus status={status} />
        {verdict && <Badge tone={verdict.tone}>{verdict.label}</Badge>}
      </div>
      <div className="grid min-w-0 gap-1 break-words">
        <p className="text-ink-2">{what}</p>
        {error ? (
          <p>
            The run {status === 'WAITING' ? 'waits' : 'ends'} at{' '}
            <code className="font-mono text-xs">{at}</code>:{' '}
            <code className="font-mono text-xs">{error}</code> {cause}
          </p>
        ) : (
          cause && <p>{cause}</p>
        )}
        {acted.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
        {lost.length > 0 && (
          <p className="text-warn">
            Went without a value: <code className="font-mono text-xs">{lost.join(', ')}</code>
          </p>
        )}
        {altered.length > 0 && (
          <p className="text-warn">
            Went with another value: <code className="font-mono text-xs">{altered.join(', ')}</code>
          </p>
        )}
        {done.length > 0 && <p>Done by then: {doneText(done)}.</p>}
        {repeatWhy && <p className="text-ink-2">{repeatWhy}</p>}
      </div>
    </li>
  )
}
