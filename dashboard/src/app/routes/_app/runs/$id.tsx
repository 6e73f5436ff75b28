import { createFileRoute, useNavigate } from '@tanstack/react-router'
import { RunView } from '@/features/executions/components/run-view'
import { STEP_TABS, type StepTab } from '@/features/executions/tabs'
import { oneOf, text } from '@/lib/search-params'

interface Search {
  /** Path of the chosen step. */
  step?: string
  tab?: StepTab
}

export const Route = createFileRoute('/_app/runs/$id')({
  validateSearch: (search): Search => ({ step: text(search, 'step'), tab: oneOf(search, 'tab', STEP_TABS) }),
  component: RunPage,
})

function RunPage() {
  const { id } = Route.useParams()
  const { step, tab } = Route.useSearch()
  const navigate = useNavigate()
  const go = (search: Search) => void navigate({ to: '/runs/$id', params: { id }, search, replace: true })
  return (
    <RunView
      key={id}
      id={id}
      step={step}
      tab={tab}
      onStep={(next) => go(next ? { step: next } : {})}
      onTab={(next) => go({ step, tab: next })}
      onStarted={(next) => void navigate({ to: '/runs/$id', params: { id: next } })}
      onRemoved={() => void navigate({ to: '/runs', replace: true })}
    />
  )
}
