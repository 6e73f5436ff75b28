import { Link } from '@tanstack/react-router'
import { CircleAlert, Ellipsis, FlaskConical, RefreshCw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { FailureNote } from '@/components/failure'
import { ConnectionStatus } from '@/components/status'
import { Ago } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { Button, buttonClass } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { CopyButton } from '@/components/ui/copy-button'
import { Menu, MenuItem } from '@/components/ui/menu'
import { $api } from '@/lib/api/client'
import type { Connection } from '@/lib/api/types'
import { formatNumber, plural } from '@/lib/format'
import { notify } from '@/lib/notify'
import { useCan } from '@/lib/session'
import { mayDelete, mayDo } from '@/lib/sharing'
import { isImporting, useConnectionsChanged } from '../api/queries'
import { AUTH_LABELS, type AuthKind } from '../auth'
import { Account } from './account'
import { CallSettings } from './call-settings'
import { CertificateFacts } from './certificate-facts'
import { Fact } from './fact'
import { ImportFigures } from './import-figures'
import { ImportProgress } from './import-progress'
import { RateLimits } from './rate-limits'
import { ReportStatus } from './report-status'
import { TestResult } from './test-result'

/** Names the workflows and steps that do not fit any more. */
function brokenSteps(broken: { name: string; mended: boolean; steps: { step: string }[] }[]) {
  if (broken.length === 0) return 'No active workflow is broken by it.'
  return broken
    .map(({ name, mended, steps }) => {
      const names = [...new Set(steps.map((s) => s.step || 'output'))].join(', ')
      return `${name}: ${names}${mended ? ' (a change that mends it is proposed)' : ''}`
    })
    .join('; ')
}

/** Test, refresh, remove. */
export function ConnectionActions({
  connection,
  onDeleted,
}: {
  connection: Connection
  onDeleted: () => void
}) {
  const [asking, setAsking] = useState(false)
  const changed = useConnectionsChanged()
  const path = { params: { path: { id: connection.id } } }
  const refresh = $api.useMutation('post', '/api/apis/{id}/refresh', {
    onSuccess: ({ data }) => {
      if (!data.changed) notify('success', 'The document has not changed')
      else if (data.breaking.length === 0)
        notify('success', 'The document was updated', 'Nothing in it breaks a plan.')
      else
        notify(
          'warning',
          `${plural(data.breakingCount, 'breaking change')} in the document`,
          brokenSteps(data.brokenWorkflows),
        )
      return changed()
    },
  })
  const remove = $api.useMutation('delete', '/api/apis/{id}', {
    onSuccess: async () => {
      notify('success', `${connection.name} was removed`)
      onDeleted()
      await changed()
    },
  })
  if (!useCan('change') || !mayDo(connection, 'edit')) return null
  return (
    <>
      <Button
        pending={refresh.isPending}
        onClick={() => refresh.mutate(path)}
        disabled={isImporting(connection)}
      >
        {!refresh.isPending && <RefreshCw aria-hidden />}
        Refresh document
      </Button>
      {mayDelete(connection) && (
        <Menu
          label="More actions"
          triggerClassName={buttonClass({ size: 'icon' })}
          trigger={<Ellipsis aria-hidden />}
        >
          <MenuItem danger onSelect={() => setAsking(true)}>
            <Trash2 aria-hidden /> Remove connection
          </MenuItem>
        </Menu>
      )}
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => remove.mutate(path)}
        pending={remove.isPending}
        title={`Remove ${connection.name}?`}
        description="Its credential is erased and workflows that use it will fail. Past runs stay readable."
        confirmLabel="Remove"
      >
        {remove.error && <FailureNote error={remove.error} />}
      </ConfirmDialog>
      {refresh.error && <FailureNote error={refresh.error} className="basis-full" />}
    </>
  )
}

export function ConnectionOverview({ connection }: { connection: Connection }) {
  const changed = useConnectionsChanged()
  const test = $api.useMutation('post', '/api/apis/{id}/test', { onSettled: changed })
  const mayChange = useCan('change')
  const mayAudit = useCan('audit')
  const seesSettings = mayDo(connection, 'edit')
  return (
    <div className="grid gap-4">
      {isImporting(connection) && (
        <Card className="p-4">
          <ImportProgress connection={connection} />
        </Card>
      )}
      {connection.statusDetail && connection.status !== 'ACTIVE' && (
        <p className="flex gap-2 rounded-lg bg-warn-soft px-4 py-3 text-sm text-warn">
          <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
          {connection.statusDetail}
        </p>
      )}
      <Card>
        <dl className="divide-y">
          <Fact label="Status">
            <div className="flex flex-wrap items-center justify-between gap-2">
              <ConnectionStatus status={connection.status} />
              {mayChange && (
                <Button
                  size="sm"
                  pending={test.isPending}
                  disabled={isImporting(connection)}
                  onClick={() => test.mutate({ params: { path: { id: connection.id } } })}
                >
                  {!test.isPending && <FlaskConical aria-hidden />}
                  Test connection
                </Button>
              )}
            </div>
            {test.data && (
              <div className="mt-3">
                <TestResult result={test.data.data} />
              </div>
            )}
            {test.error && <FailureNote error={test.error} className="mt-3" />}
          </Fact>
          {seesSettings ? (
            <Fact label="Base URL">
              <code className="break-all font-mono text-xs">{connection.baseUrl || 'not set'}</code>
            </Fact>
          ) : (
            <Fact label="Access">
              Shared with you for use. Its address and sign-in are for who may edit it.
            </Fact>
          )}
          <Fact label="Sign-in">
            {AUTH_LABELS[connection.authType as AuthKind] ?? connection.authType}
            {connection.auth.set.length > 0 && (
              <span className="text-ink-3">
                {' '}
                · stored: {connection.auth.set.join(', ')}
                {connection.auth.scopes && `, with the scopes ${connection.auth.scopes.join(', ')}`}
              </span>
            )}
          </Fact>
          {seesSettings && (connection.authType === 'OAUTH' || connection.account) && (
            <Fact label="Account">
              <Account connection={connection} />
            </Fact>
          )}
          {connection.certificate && (
            <Fact label="Client certificate">
              <CertificateFacts certificate={connection.certificate} />
            </Fact>
          )}
          <Fact label="Operations">
            <span className="num">{formatNumber(connection.endpointCount)}</span>
          </Fact>
          <Fact label="Document">
            {connection.title ?? connection.name}{' '}
            {connection.specVersion && <span className="num">{connection.specVersion}</span>}
            {connection.specFormat && <span className="text-ink-3"> · {connection.specFormat}</span>}
            {connection.specUrl && (
              <span className="mt-0.5 block break-all font-mono text-ink-3 text-xs">
                {connection.specUrl}
              </span>
            )}
          </Fact>
          {connection.specHash && (
            <Fact label="Hash">
              <span className="flex items-center gap-1">
                <code className="truncate font-mono text-ink-2 text-xs">{connection.specHash}</code>
                <CopyButton text={connection.specHash} label="Copy hash" />
              </span>
            </Fact>
          )}
          {connection.imported && (
            <Fact label="Import">
              <ImportFigures figures={connection.imported} />
            </Fact>
          )}
          {connection.report && (
            <Fact label="Validation">
              <ReportStatus connection={connection.id} report={connection.report} />
            </Fact>
          )}
          <Fact label="Risk">
            <Badge
              tone={
                connection.risk.level === 'high'
                  ? 'bad'
                  : connection.risk.level === 'medium'
                    ? 'warn'
                    : 'neutral'
              }
            >
              {connection.risk.level || 'not reviewed'}
            </Badge>
            {(connection.risk.reasons ?? []).length > 0 && (
              <ul className="mt-1.5 list-disc space-y-0.5 pl-4 text-ink-2">
                {connection.risk.reasons?.map((reason) => (
                  <li key={reason}>{reason}</li>
                ))}
              </ul>
            )}
          </Fact>
          {seesSettings && (
            <Fact label="Calls">
              <CallSettings connection={connection} />
            </Fact>
          )}
          {connection.limits && (
            <Fact label="Rate limits">
              <RateLimits limits={connection.limits} />
            </Fact>
          )}
          <Fact label="Last used">
            <Ago at={connection.lastUsed} />
            {mayAudit && connection.auth.set.length > 0 && (
              <Link
                to="/audit"
                search={{ action: 'credential.use', resource: connection.id }}
                className="ml-2 text-accent hover:underline"
              >
                Which runs used the credential
              </Link>
            )}
          </Fact>
          <Fact label="Document fetched">
            <Ago at={connection.lastUpdated} />
          </Fact>
        </dl>
      </Card>
      {(connection.warnings ?? []).length > 0 && <Warnings connection={connection} />}
    </div>
  )
}

function Warnings({ connection }: { connection: Connection }) {
  const warnings = connection.warnings ?? []
  return (
    <details className="rounded-lg border bg-surface">
      <summary className="px-4 py-2.5 text-sm">
        {plural(connection.warningCount ?? warnings.length, 'fault')} in the document{' '}
        <span className="text-ink-3">that did not stop the import</span>
      </summary>
      <ul className="divide-y border-t">
        {warnings.slice(0, 50).map((warning) => (
          <li key={warning.path + warning.code} className="px-4 py-2 text-sm">
            <code className="break-all font-mono text-ink-3 text-xs">{warning.path}</code>
            <p>{warning.message}</p>
          </li>
        ))}
      </ul>
    </details>
  )
}
