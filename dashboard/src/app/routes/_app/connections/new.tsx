import { createFileRoute, useNavigate } from '@tanstack/react-router'
import { Page } from '@/components/page'
import { AddWizard } from '@/features/connections/components/add-wizard'
import { WIZARD_STEPS, type WizardStep } from '@/features/connections/wizard'
import { oneOf, text } from '@/lib/search-params'
import { BackLink } from '../../../shell/back-link'

interface Search {
  id?: string
  step?: WizardStep
}

export const Route = createFileRoute('/_app/connections/new')({
  validateSearch: (search): Search => ({ id: text(search, 'id'), step: oneOf(search, 'step', WIZARD_STEPS) }),
  component: NewConnectionPage,
})

function NewConnectionPage() {
  const { id, step = 'source' } = Route.useSearch()
  const navigate = useNavigate()
  return (
    <Page title="Connect an API" width="read" back={<BackLink to="/connections">Connections</BackLink>}>
      <AddWizard
        id={id}
        step={step}
        onStep={(next, created) =>
          void navigate({ to: '/connections/new', search: { id: created, step: next } })
        }
        onFinish={(created) => void navigate({ to: '/connections/$id', params: { id: created } })}
      />
    </Page>
  )
}
