import { Check } from 'lucide-react'
import { Card } from '@/components/ui/card'
import { cn } from '@/lib/cn'
import { WIZARD_STEPS, type WizardStep } from '../wizard'
import { AccessStep } from './access-step'
import { SourceStep } from './source-step'
import { TestStep } from './test-step'

const labels: Record<WizardStep, string> = { source: 'Document', access: 'Address and sign-in', test: 'Test' }

interface AddWizardProps {
  step: WizardStep
  /** The connection made by the first step. */
  id?: string
  /** Id of the known API that it is. */
  preset?: string
  onStep: (step: WizardStep, id: string, preset?: string) => void
  onFinish: (id: string) => void
}

/** Connects an API in three steps. The step lives in the URL, so a reload goes on where it was. */
export function AddWizard({ step, id, preset, onStep, onFinish }: AddWizardProps) {
  const current = id ? step : 'source'
  return (
    <div className="grid gap-5">
      <ol className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm" aria-label="Steps">
        {WIZARD_STEPS.map((name, index) => {
          const done = index < WIZARD_STEPS.indexOf(current)
          return (
            <li
              key={name}
              aria-current={name === current ? 'step' : undefined}
              className="flex items-center gap-2"
            >
              {index > 0 && <span aria-hidden className="h-px w-5 bg-line-strong" />}
              <span
                aria-hidden
                className={cn(
                  'num grid size-5 place-items-center rounded-full border border-line-strong text-2xs',
                  name === current && 'border-accent bg-accent-fill text-on-accent',
                  done && 'border-ok bg-ok-soft text-ok',
                )}
              >
                {done ? <Check className="size-3" /> : index + 1}
              </span>
              <span className={name === current ? 'font-medium' : 'text-ink-3'}>{labels[name]}</span>
            </li>
          )
        })}
      </ol>
      <Card className="p-5 sm:p-6">
        {current === 'source' && (
          <SourceStep onCreated={(created, known) => onStep('access', created, known)} />
        )}
        {current === 'access' && id && (
          <AccessStep id={id} preset={preset} onSaved={() => onStep('test', id)} />
        )}
        {current === 'test' && id && (
          <TestStep id={id} onBack={() => onStep('access', id)} onFinish={() => onFinish(id)} />
        )}
      </Card>
    </div>
  )
}
