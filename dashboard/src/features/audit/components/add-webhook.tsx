import { useState } from 'react'
import { FormDialog } from '@/components/form-dialog'
import { CheckField, Field, Input } from '@/components/ui/field'
import { $api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'

/** An address to post records to. */
export function AddWebhook({
  onClose,
  onMade,
}: {
  onClose: () => void
  onMade: (secret: string | undefined) => void
}) {
  const [url, setUrl] = useState('')
  const [fromStart, setFromStart] = useState(false)
  const create = $api.useMutation('post', '/api/admin/audit/sinks', {
    onSuccess: ({ data }) => onMade(data.secret),
  })
  return (
    <FormDialog
      title="Send records to a webhook"
      description="Each delivery is a signed POST of records as NDJSON, oldest first."
      submitLabel="Add"
      noValidate
      onSubmit={() => create.mutate({ body: { type: 'webhook', url: url.trim(), fromStart } })}
      onClose={onClose}
      pending={create.isPending}
      error={create.error}
      disabled={!url.trim()}
    >
      <Field label="Address" error={fieldMessage(create.error, 'url')}>
        {(field) => (
          <Input
            {...field}
            type="url"
            placeholder="https://siem.example.com/apiq"
            value={url}
            onChange={(event) => setUrl(event.target.value)}
          />
        )}
      </Field>
      <CheckField checked={fromStart} onChange={setFromStart}>
        Send what was recorded before, too
      </CheckField>
    </FormDialog>
  )
}
