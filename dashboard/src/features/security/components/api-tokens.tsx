import { useQueryClient } from '@tanstack/react-query'
import { Terminal } from 'lucide-react'
import { useState } from 'react'
import { EmptyState } from '@/components/empty-state'
import { FailureNote } from '@/components/failure'
import { FormDialog } from '@/components/form-dialog'
import { ListRow } from '@/components/list-row'
import { Ago } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { CopyButton } from '@/components/ui/copy-button'
import { CheckField, Field, Input, Select } from '@/components/ui/field'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'

const PATH = '/api/auth/tokens'
const DAY = 86_400_000

const SCOPES: { scope: string; label: string }[] = [
  { scope: 'read', label: 'Read everything' },
  { scope: 'executions:write', label: 'Follow, stop and repeat runs' },
  { scope: 'workflows:write', label: 'Change workflows, and start them' },
  { scope: 'triggers:write', label: 'Change triggers, and tell events' },
  { scope: 'apis:write', label: 'Connect APIs and try calls' },
  { scope: 'chat:write', label: 'Plan, and run plans' },
  { scope: 'all', label: 'All of this' },
]

/** The API tokens of the person. */
export function ApiTokens() {
  const queries = useQueryClient()
  const query = $api.useQuery('get', PATH)
  const [adding, setAdding] = useState(false)
  const [token, setToken] = useState('')
  const changed = () => queries.invalidateQueries({ queryKey: ['get', PATH] })
  const remove = $api.useMutation('delete', '/api/auth/tokens/{id}', { onSuccess: changed })
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows rows={2} label="Loading the API tokens" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const all = query.data.data
  return (
    <div className="grid gap-3">
      {remove.error && <FailureNote error={remove.error} />}
      {token && (
        <div role="status" className="rounded-md bg-ok-soft px-3 py-2 text-sm">
          <p className="text-ok">Copy the token now: it is not shown again.</p>
          <p className="mt-1 flex items-center gap-1">
            <code className="min-w-0 flex-1 break-all font-mono text-xs">{token}</code>
            <CopyButton text={token} label="Copy the token" />
          </p>
        </div>
      )}
      <Card className="overflow-hidden">
        {all.length === 0 ? (
          <EmptyState icon={Terminal} title="No API token">
            A token lets a script or another program act for you, as far as you say.
          </EmptyState>
        ) : (
          <ul className="divide-y">
            {all.map(({ id, name, scopes, expiresAt, lastUsedAt }) => (
              <ListRow
                key={id}
                title={name}
                detail={
                  <>
                    until {new Date(expiresAt).toLocaleDateString()},{' '}
                    {lastUsedAt ? (
                      <>
                        used <Ago at={lastUsedAt} />
                      </>
                    ) : (
                      'not used yet'
                    )}
                  </>
                }
              >
                <span className="flex flex-wrap gap-1">
                  {scopes.map((scope) => (
                    <Badge key={scope} tone="outline">
                      {scope}
                    </Badge>
                  ))}
                </span>
                <Button
                  size="sm"
                  variant="danger"
                  aria-label={`Remove ${name}`}
                  pending={remove.isPending}
                  onClick={() => remove.mutate({ params: { path: { id } } })}
                >
                  Remove
                </Button>
              </ListRow>
            ))}
          </ul>
        )}
        <div className="flex justify-end border-t bg-sunken px-4 py-2.5">
          <Button size="sm" onClick={() => setAdding(true)}>
            Make a token
          </Button>
        </div>
      </Card>
      {adding && (
        <NewToken
          onClose={() => setAdding(false)}
          onDone={(made) => {
            setAdding(false)
            setToken(made)
            return changed()
          }}
        />
      )}
    </div>
  )
}

function NewToken({ onClose, onDone }: { onClose: () => void; onDone: (token: string) => void }) {
  const [name, setName] = useState('')
  const [days, setDays] = useState('90')
  const [scopes, setScopes] = useState<string[]>(['read'])
  const make = $api.useMutation('post', PATH, { onSuccess: ({ data }) => onDone(data.token) })
  const submit = () =>
    make.mutate({
      body: { name: name.trim(), scopes, expiresAt: new Date(Date.now() + Number(days) * DAY).toISOString() },
    })
  return (
    <FormDialog
      title="Make an API token"
      description="It acts for you in this workspace, with your role, and never changes who has access."
      submitLabel="Make it"
      onSubmit={submit}
      onClose={onClose}
      pending={make.isPending}
      error={make.error}
      disabled={!name.trim() || scopes.length === 0}
    >
      <Field label="Name" hint="What uses it." error={fieldMessage(make.error, 'name')}>
        {(field) => (
          <Input {...field} value={name} maxLength={100} onChange={(event) => setName(event.target.value)} />
        )}
      </Field>
      <Field label="Valid for">
        {(field) => (
          <Select {...field} value={days} onChange={(event) => setDays(event.target.value)}>
            <option value="7">7 days</option>
            <option value="30">30 days</option>
            <option value="90">90 days</option>
            <option value="365">a year</option>
          </Select>
        )}
      </Field>
      <fieldset className="grid gap-1.5">
        <legend className="mb-1 font-medium text-sm">It may</legend>
        {SCOPES.map(({ scope, label }) => (
          <CheckField
            key={scope}
            checked={scopes.includes(scope)}
            onChange={(checked) =>
              setScopes(checked ? [...scopes, scope] : scopes.filter((one) => one !== scope))
            }
          >
            {label} <code className="font-mono text-ink-3 text-xs">{scope}</code>
          </CheckField>
        ))}
      </fieldset>
    </FormDialog>
  )
}
