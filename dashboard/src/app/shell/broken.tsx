import { type ErrorComponentProps, useRouter } from '@tanstack/react-router'
import { FailureNote } from '@/components/failure'
import { Page } from '@/components/page'

/** The last net: a page that failed to load or to draw, with the way to try again. */
export default function Broken({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  return (
    <Page title="Something went wrong" width="read">
      <FailureNote
        error={error}
        onRetry={() => {
          reset()
          void router.invalidate()
        }}
      />
    </Page>
  )
}
