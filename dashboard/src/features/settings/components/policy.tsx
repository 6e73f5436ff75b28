import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { FailureNote } from '@/components/failure'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { CheckField, Field, Select } from '@/components/ui/field'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'
import type { Policy } from '@/lib/api/types'
import { notify } from '@/lib/notify'

const PATH = '/api/admin/policy'
const DAY = 86_400_000

const IDLE = [
  [15, '15 minutes'],
  [30, '30 minutes'],
  [60, 'an hour'],
  [240, '4 hours'],
  [1440, 'a day'],
] as const

const AGES = [
  [8, '8 hours'],
  [12, '12 hours'],
  [24, 'a day'],
  [72, '3 days'],
] as const

/** What the workspace asks of everybody's sessions, for admins. */
export function PolicyRules() {
  const query = $api.useQuery('get', PATH)
  if (query.isPending)
    return (
      <Card>
        <SkeletonRows rows={3} label="Loading the rules" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  // Drawn anew with each version: what is in the form is what was read.
  return <PolicyForm key={query.data.data.version} policy={query.data.data} />
}

function PolicyForm({ policy }: { policy: Policy }) {
  const queries = useQueryClient()
  const [required, setRequired] = useState(policy.requireSecondFactor)
  const [grace, setGrace] = useState(policy.from ? 'kept' : '0')
  const [trust, setTrust] = useState(policy.trustProviders)
  const [idle, setIdle] = useState(policy.idleMinutes ?? 0)
  const [hours, setHours] = useState(policy.sessionHours ?? 0)
  const save = $api.useMutation('put', PATH, {
    onSuccess: () => {
      notify('success', 'The rules hold from now on')
      return queries.invalidateQueries({ queryKey: ['get', PATH] })
    },
  })

  function submit(event: FormEvent) {
    event.preventDefault()
    const from = grace === 'kept' ? policy.from : new Date(Date.now() + Number(grace) * DAY).toISOString()
    save.mutate({
      // Rules that were never set have no version yet.
      params: { header: policy.version ? { 'If-Match': policy.version } : {} },
      body: {
        requireSecondFactor: required,
        trustProviders: trust,
        ...(required && grace !== '0' ? { from } : {}),
        ...(idle ? { idleMinutes: idle } : {}),
        ...(hours ? { sessionHours: hours } : {}),
      },
    })
  }

  return (
    <form noValidate onSubmit={submit}>
      <Card className="divide-y">
        <div className="grid gap-4 p-4">
          <CheckField checked={required} onChange={setRequired}>
            <span className="font-medium">Ask every member for a second factor</span>
            <span className="block text-ink-2">
              An authenticator app or a passkey. Who has none can only set one up, and their API tokens do
              nothing meanwhile.
            </span>
          </CheckField>
          {required && (
            <div className="grid gap-4 border-line-strong border-l-2 pl-4">
              <Field label="It begins" error={fieldMessage(save.error, 'from')} className="max-w-xs">
                {(field) => (
                  <Select {...field} value={grace} onChange={(event) => setGrace(event.target.value)}>
                    {policy.from && (
                      <option value="kept">on {new Date(policy.from).toLocaleDateString()}</option>
                    )}
                    <option value="0">at once</option>
                    <option value="7">in 7 days</option>
                    <option value="14">in 14 days</option>
                    <option value="30">in 30 days</option>
                  </Select>
                )}
              </Field>
              <CheckField checked={trust} onChange={setTrust}>
                A sign-in by a provider of this installation counts as one
                <span className="block text-ink-2">
                  Where the provider asks for a second factor itself. Sign-ins by the workspace&apos;s own
                  provider always count: ask for one there.
                </span>
              </CheckField>
            </div>
          )}
        </div>
        <div className="grid gap-4 p-4 sm:grid-cols-2">
          <Field
            label="A session ends when not used for"
            hint="In this workspace; people sign in again."
            error={fieldMessage(save.error, 'idleMinutes')}
          >
            {(field) => (
              <Select {...field} value={idle} onChange={(event) => setIdle(Number(event.target.value))}>
                <option value="0">any time</option>
                <Choices known={IDLE} chosen={policy.idleMinutes} unit="minutes" />
              </Select>
            )}
          </Field>
          <Field
            label="A session ends after"
            hint="Counted from the sign-in, used or not."
            error={fieldMessage(save.error, 'sessionHours')}
          >
            {(field) => (
              <Select {...field} value={hours} onChange={(event) => setHours(Number(event.target.value))}>
                <Choices known={AGES} chosen={policy.sessionHours} unit="hours" />
                <option value="0">7 days, as everywhere</option>
              </Select>
            )}
          </Field>
        </div>
        <div className="flex flex-wrap items-center justify-end gap-3 bg-sunken px-4 py-2.5">
          <p className="flex-1 basis-60 text-ink-3 text-xs">
            Rules hold for sessions that are open already. Each change is in the audit trail.
          </p>
          <Button type="submit" variant="primary" size="sm" pending={save.isPending}>
            Save the rules
          </Button>
        </div>
      </Card>
      {save.error && <FailureNote error={save.error} className="mt-3" />}
    </form>
  )
}

interface ChoicesProps {
  known: readonly (readonly [number, string])[]
  /** What was set, by another client perhaps to something that is not offered here. */
  chosen?: number
  unit: string
}

function Choices({ known, chosen, unit }: ChoicesProps) {
  return (
    <>
      {known.map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
      {chosen && !known.some(([value]) => value === chosen) && (
        <option value={chosen}>
          {chosen} {unit}
        </option>
      )}
    </>
  )
}
