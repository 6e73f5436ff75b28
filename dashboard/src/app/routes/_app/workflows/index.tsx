import { createFileRoute, Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { Page } from '@/components/page'
import { Button, buttonClass } from '@/components/ui/button'
import { Select } from '@/components/ui/field'
import { WhoseFilter } from '@/components/whose-filter'
import { ImportDialog } from '@/features/workflows/components/import-dialog'
import { TemplateGallery } from '@/features/workflows/components/template-gallery'
import { WorkflowList } from '@/features/workflows/components/workflow-list'
import { oneOf } from '@/lib/search-params'
import { useCan } from '@/lib/session'
import { WHOSE, type Whose } from '@/lib/sharing'

const STATUSES = ['DRAFT', 'ACTIVE', 'INACTIVE'] as const

interface Search {
  status?: (typeof STATUSES)[number]
  owner?: Whose
}

export const Route = createFileRoute('/_app/workflows/')({
  validateSearch: (search): Search => ({
    status: oneOf(search, 'status', STATUSES),
    owner: oneOf(search, 'owner', WHOSE),
  }),
  component: WorkflowsPage,
})

function WorkflowsPage() {
  const { status, owner } = Route.useSearch()
  const navigate = useNavigate()
  const [importing, setImporting] = useState(false)
  const may = useCan('change')
  const go = (search: Search) => void navigate({ to: '/workflows', search, replace: true })
  const open = (id: string) => void navigate({ to: '/workflows/$id', params: { id } })
  const plan = may && (
    <Link to="/chat" className={buttonClass({ variant: 'primary' })}>
      Plan a workflow
    </Link>
  )
  return (
    <Page
      title="Workflows"
      description="Confirmed plans, kept with every version of theirs."
      actions={
        may && (
          <>
            <Button onClick={() => setImporting(true)}>Import</Button>
            {plan}
          </>
        )
      }
    >
      {importing && <ImportDialog onClose={() => setImporting(false)} onImported={open} />}
      <div className="mb-4 flex flex-wrap items-center gap-3">
        <Select
          aria-label="Status"
          className="w-auto"
          value={status ?? ''}
          onChange={(event) => go({ owner, status: STATUSES.find((it) => it === event.target.value) })}
        >
          <option value="">All statuses</option>
          {STATUSES.map((value) => (
            <option key={value} value={value}>
              {value.charAt(0) + value.slice(1).toLowerCase()}
            </option>
          ))}
        </Select>
        <WhoseFilter value={owner} onChange={(next) => go({ status, owner: next })} />
      </div>
      <WorkflowList status={status} owner={owner} emptyAction={plan} />
      <section aria-labelledby="templates" className="mt-8">
        <h2 id="templates" className="font-semibold text-md">
          Templates
        </h2>
        <p className="mt-0.5 mb-4 text-ink-2 text-sm">Ready-made workflows: choose the connections.</p>
        <TemplateGallery
          connect={
            <Link to="/connections/new" className={buttonClass({ size: 'sm' })}>
              Connect an API
            </Link>
          }
          onUsed={open}
        />
      </section>
    </Page>
  )
}
