import { Check, LayoutTemplate } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { EmptyState } from '@/components/empty-state'
import { FailureNote } from '@/components/failure'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import type { Template } from '@/lib/api/types'
import { plural } from '@/lib/format'
import { useCan } from '@/lib/session'
import { useTemplates } from '../api/queries'
import { TemplateDialog } from './template-dialog'

interface TemplateGalleryProps {
  /** Leads to where an API is connected; shown where a template lacks one. */
  connect: ReactNode
  onUsed: (workflowId: string) => void
}

/** The ready-made workflows: what each does, which APIs it needs, and which of them are connected. */
export function TemplateGallery({ connect, onUsed }: TemplateGalleryProps) {
  const query = useTemplates()
  const may = useCan('change')
  const [chosen, setChosen] = useState<Template>()
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows label="Loading templates" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const templates = query.data.data.toSorted((a, b) => Number(b.ready) - Number(a.ready))
  if (templates.length === 0)
    return (
      <Card>
        <EmptyState icon={LayoutTemplate} title="No template">
          This version of the product comes without templates.
        </EmptyState>
      </Card>
    )
  return (
    <>
      <ul aria-label="Templates" className="grid gap-3 md:grid-cols-2">
        {templates.map((template) => (
          <li key={template.id}>
            <Card className="flex h-full flex-col gap-3 p-4">
              <div>
                <h3 className="font-medium">{template.title}</h3>
                <p className="mt-0.5 text-ink-2 text-sm">{template.sentence}</p>
              </div>
              <ul aria-label={`APIs of ${template.title}`} className="flex flex-wrap items-center gap-1.5">
                {template.apis.map((api) => {
                  const connected = api.connections.length > 0
                  return (
                    <li key={api.slot}>
                      <Badge tone={connected ? 'ok' : 'outline'}>
                        {connected && <Check aria-hidden />}
                        {api.name}
                        <span className="sr-only">{connected ? ', connected' : ', not connected'}</span>
                      </Badge>
                    </li>
                  )
                })}
              </ul>
              <div className="mt-auto flex items-center justify-between gap-3">
                <p className="text-ink-3 text-xs">
                  {plural(template.steps, 'step')}
                  {!template.ready && ` · ${missing(template)} not connected`}
                </p>
                {may &&
                  (template.ready ? (
                    <Button
                      size="sm"
                      onClick={() => setChosen(template)}
                      aria-label={`Use ${template.title}`}
                    >
                      Use
                    </Button>
                  ) : (
                    connect
                  ))}
              </div>
            </Card>
          </li>
        ))}
      </ul>
      {chosen && (
        <TemplateDialog
          key={chosen.id}
          template={chosen}
          onClose={() => setChosen(undefined)}
          onUsed={onUsed}
        />
      )}
    </>
  )
}

const missing = ({ apis }: Template) =>
  apis
    .filter(({ connections }) => connections.length === 0)
    .map(({ name }) => name)
    .join(', ')
