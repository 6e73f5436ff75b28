import { lazy, Suspense } from 'react'
import { Skeleton } from './ui/skeleton'

export interface CodeEditorProps {
  label: string
  value: string
  onChange?: (value: string) => void
  readOnly?: boolean
  /** Height class, for example "h-64". */
  className?: string
}

const Editor = lazy(() => import('./code-editor-impl'))

/** A JSON editor; it loads when it is first shown. */
export function CodeEditor(props: CodeEditorProps) {
  return (
    <Suspense fallback={<Skeleton className={props.className ?? 'h-64'} />}>
      <Editor {...props} />
    </Suspense>
  )
}
