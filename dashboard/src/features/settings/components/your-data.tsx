import { useQueryClient } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useState } from 'react'
import { FailureNote } from '@/components/failure'
import { FormDialog } from '@/components/form-dialog'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Field, Input } from '@/components/ui/field'
import { $api, api } from '@/lib/api/client'
import { saveBlob } from '@/lib/save-file'
import { useMe } from '@/lib/session'

/** What is held on a person: theirs to take along, and to have erased. */
export function YourData() {
  const [erasing, setErasing] = useState(false)
  const [exporting, setExporting] = useState(false)
  const [error, setError] = useState<unknown>()

  async function take() {
    setExporting(true)
    setError(undefined)
    try {
      const answer = await api.GET('/api/account/export', { parseAs: 'blob' })
      if (answer.data) saveBlob('apiq-account.zip', answer.data)
      else setError(answer.error)
    } catch (failed) {
      setError(failed)
    } finally {
      setExporting(false)
    }
  }

  return (
    <Card className="divide-y">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
        <p className="min-w-0 flex-1 basis-60 text-ink-2 text-sm">
          Everything that is held on you, as one archive: your account, sessions, workspaces and what you did.
        </p>
        <Button size="sm" pending={exporting} onClick={take}>
          <Download aria-hidden /> Export
        </Button>
      </div>
      {error !== undefined && <FailureNote error={error} className="m-4" />}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
        <p className="min-w-0 flex-1 basis-60 text-ink-2 text-sm">
          Your account, erased for good. What you built in workspaces of others stays there, without your
          name.
        </p>
        <Button size="sm" variant="danger" onClick={() => setErasing(true)}>
          Delete account
        </Button>
      </div>
      {erasing && <EraseDialog onClose={() => setErasing(false)} />}
    </Card>
  )
}

function EraseDialog({ onClose }: { onClose: () => void }) {
  const { user } = useMe()
  const queries = useQueryClient()
  const [typed, setTyped] = useState('')
  const erase = $api.useMutation('delete', '/api/account')
  const proof = erase.data?.data
  if (proof)
    return (
      <FormDialog
        title="Your account is being erased"
        submitLabel="Leave"
        onSubmit={() => {
          queries.clear()
          location.assign('/login')
        }}
        onClose={() => location.assign('/login')}
        pending={false}
        error={undefined}
      >
        <p className="text-sm">
          You are signed out. Keep the number of the proof: it can be looked up without an account.
        </p>
        <code className="break-all font-mono text-xs">{proof.id}</code>
      </FormDialog>
    )
  return (
    <FormDialog
      title="Delete your account?"
      description="Your name, address, sign-ins, sessions and API tokens are erased, in the audit trail too. This cannot be taken back. A workspace that you own must be given to another admin, or deleted, before."
      submitLabel="Delete account"
      onSubmit={() => erase.mutate({})}
      onClose={onClose}
      pending={erase.isPending}
      error={erase.error}
      disabled={typed.trim().toLowerCase() !== user.email}
    >
      <Field label="Your e-mail, to confirm">
        {(field) => <Input {...field} value={typed} onChange={(event) => setTyped(event.target.value)} />}
      </Field>
    </FormDialog>
  )
}
