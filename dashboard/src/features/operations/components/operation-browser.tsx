import { MousePointerClick } from 'lucide-react'
import { EmptyState } from '@/components/empty-state'
import { SearchInput } from '@/components/search-input'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import type { OperationTab } from '../tabs'
import { OperationDetail } from './operation-detail'
import { OperationList } from './operation-list'

interface OperationBrowserProps {
  connection: string
  q: string
  onSearch: (q: string) => void
  operation?: string
  onSelect: (operation: string | undefined) => void
  tab: OperationTab
  onTab: (tab: OperationTab) => void
  mayTry: boolean
}

/** Search at the left, the operation at the right; on small screens one after the other. */
export function OperationBrowser(props: OperationBrowserProps) {
  const { connection, q, onSearch, operation, onSelect, tab, onTab, mayTry } = props
  return (
    <Card className="grid overflow-hidden lg:h-[calc(100dvh-13rem)] lg:min-h-112 lg:grid-cols-[minmax(18rem,24rem)_minmax(0,1fr)]">
      <div
        className={`flex min-h-0 flex-col lg:border-r ${operation ? 'hidden lg:flex' : 'h-[calc(100dvh-15rem)] min-h-96 lg:h-auto'}`}
      >
        <div className="border-b p-2.5">
          <SearchInput label="Search operations" value={q} onChange={onSearch} />
        </div>
        <OperationList connection={connection} q={q} selected={operation} onSelect={onSelect} />
      </div>
      <section
        aria-label="Operation"
        className={`scroll-thin min-h-0 overflow-y-auto ${operation ? '' : 'hidden lg:block'}`}
      >
        {operation ? (
          <>
            <div className="border-b p-2 lg:hidden">
              <Button variant="ghost" size="sm" onClick={() => onSelect(undefined)}>
                ← All operations
              </Button>
            </div>
            <OperationDetail
              key={operation}
              connection={connection}
              operationId={operation}
              tab={tab}
              onTab={onTab}
              mayTry={mayTry}
            />
          </>
        ) : (
          <EmptyState icon={MousePointerClick} title="Choose an operation">
            Its parameters, schemas and a form to try it show here.
          </EmptyState>
        )}
      </section>
    </Card>
  )
}
