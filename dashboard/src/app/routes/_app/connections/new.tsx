import { createFileRoute, useNavigate } from '@tanstack/react-router'
import { Page } from '@/components/page'
import { AddWizard } from '@/features/connections/components/add-wizard'
import { WIZARD_STEPS, type WizardStep } from '@/features/connections/wizard'
import { oneOf, text } from '@/lib/search-params'
import { BackLink } from '../../../shell/back-link'

interface Search {
  id?: string
  step?: WizardStep
  /** The known API that it is. */
  preset?: string
}

export const Route = createFileRoute('/_app/connections/new')({
  validateSearch: (search): Search => ({
    id: text(search, 'id'),
    step: oneOf(search, 'step', WIZARD_STEPS),
    preset: text(search, 'preset'),
  }),
  component: NewConnectionPage,
})

function NewConnectionPage() {
  const { id, step = 'source', preset } = Route.useSearch()
  const navigate = useNavigate()
  return (
    <Page title="Connect an API" width="read" back={<BackLink to="/connections">Connections</BackLink>}>
      <AddWizard
        id={id}
        step={step}
        preset={preset}
        onStep={(next, created, known) =>
          void navigate({ to: '/connections/new', search: { id: created, step: next, preset: known } })
        }
        onFinish={(created) => void navigate({ to: '/connections/$id', params: { id: created } })}
      />
    </Page>
  )
}
