import { useState } from 'react'
import { FormDialog } from '@/components/form-dialog'
import { Snippet } from '@/components/snippet'
import { CheckField, Field, Input, Select } from '@/components/ui/field'
import { Segmented } from '@/components/ui/segmented'
import { $api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'
import { useMe } from '@/lib/session'
import { type BucketDraft, complete, emptyBucket, permissions, toBody, trust } from '../bucket'

/** The fields that are text. */
type TextField = 'bucket' | 'region' | 'prefix' | 'endpoint' | 'roleArn' | 'accessKeyId' | 'secretAccessKey'

/** A bucket to send records to. It is tried before it is kept. */
export function AddBucket({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const { workspace } = useMe()
  const principal = $api.useQuery('get', '/api/admin/keys').data?.data.principal
  const [draft, setDraft] = useState<BucketDraft>(emptyBucket)
  const change = (part: Partial<BucketDraft>) => setDraft((before) => ({ ...before, ...part }))
  const create = $api.useMutation('post', '/api/admin/audit/sinks', { onSuccess: onMade })
  const text = (
    name: TextField,
    label: string,
    placeholder: string,
    more?: { hint?: string; type?: string },
  ) => (
    <Field label={label} hint={more?.hint} error={fieldMessage(create.error, name)}>
      {(field) => (
        <Input
          {...field}
          type={more?.type ?? 'text'}
          autoComplete="off"
          spellCheck={false}
          placeholder={placeholder}
          value={draft[name]}
          onChange={(event) => change({ [name]: event.target.value })}
        />
      )}
    </Field>
  )
  return (
    <FormDialog
      title="Send records to a bucket"
      description="They come as gzipped NDJSON, by day. An object is put there and read again first."
      submitLabel="Add"
      noValidate
      onSubmit={() => create.mutate({ body: toBody(draft) })}
      onClose={onClose}
      pending={create.isPending}
      error={create.error}
      disabled={!complete(draft)}
    >
      <div className="grid gap-3 sm:grid-cols-2">
        {text('bucket', 'Bucket', 'acme-audit')}
        {text('region', 'Region', 'eu-central-1')}
      </div>
      {text('prefix', 'Folder', 'apiq', { hint: 'Stands before the names of the objects. May be empty.' })}
      {principal && (
        <Segmented
          label="How APIQ gets in"
          className="justify-self-start"
          value={draft.access}
          onChange={(access) => change({ access })}
          items={[
            { value: 'key', label: 'Access key' },
            { value: 'role', label: 'Role' },
          ]}
        />
      )}
      {draft.access === 'role' && principal ? (
        <>
          {text('roleArn', 'Role', 'arn:aws:iam::123456789012:role/apiq-audit', {
            hint: 'The operator of this installation has to admit it, too.',
          })}
          <Snippet label="Trust policy of the role" text={trust(principal, workspace.id)} />
        </>
      ) : (
        <>
          <div className="grid gap-3 sm:grid-cols-2">
            {text('accessKeyId', 'Access key id', 'AKIA…')}
            {text('secretAccessKey', 'Secret access key', '', { type: 'password' })}
          </div>
          {text('endpoint', 'Endpoint', 'https://minio.example.com', {
            hint: 'For services that speak the protocol of S3. Empty for Amazon’s own.',
          })}
        </>
      )}
      <Snippet label="What it needs to be allowed" text={permissions(draft)} />
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <Field
          label="Lock each object for"
          aside="days"
          hint="Empty for no lock. The bucket needs Object Lock."
          error={fieldMessage(create.error, 'objectLockDays')}
        >
          {(field) => (
            <Input
              {...field}
              inputMode="numeric"
              value={draft.lockDays}
              onChange={(event) => change({ lockDays: event.target.value.replace(/\D/g, '').slice(0, 5) })}
            />
          )}
        </Field>
        {draft.lockDays !== '' && (
          <Field
            label="Lock"
            hint={
              draft.lockMode === 'COMPLIANCE'
                ? 'Nobody can undo it.'
                : 'Who may bypass governance can undo it.'
            }
            error={fieldMessage(create.error, 'objectLockMode')}
          >
            {(field) => (
              <Select
                {...field}
                value={draft.lockMode}
                onChange={(event) =>
                  change({ lockMode: event.target.value === 'COMPLIANCE' ? 'COMPLIANCE' : 'GOVERNANCE' })
                }
              >
                <option value="GOVERNANCE">Governance</option>
                <option value="COMPLIANCE">Compliance</option>
              </Select>
            )}
          </Field>
        )}
      </div>
      <CheckField checked={draft.fromStart} onChange={(fromStart) => change({ fromStart })}>
        Send what was recorded before, too
      </CheckField>
    </FormDialog>
  )
}
