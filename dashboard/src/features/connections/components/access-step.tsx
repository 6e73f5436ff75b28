import { type FormEvent, useState } from 'react'
import { FailureNote } from '@/components/failure'
import { Button } from '@/components/ui/button'
import { Skeleton } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'
import type { Connection, Preset } from '@/lib/api/types'
import { plural } from '@/lib/format'
import { isImporting, useConnection, useConnectionsChanged } from '../api/queries'
import {
  type AuthValues,
  authConfig,
  documentScopes,
  fromPreset,
  keepsStored,
  missing,
  NO_AUTH,
  scopeList,
  suggestions,
} from '../auth'
import { defaults, variableNames } from '../base-url'
import { clientCertificate, NO_CERTIFICATE } from '../certificate'
import { baseOf, settingsOf } from '../preset'
import { AuthFields } from './auth-fields'
import { BaseUrlFields, type BaseUrlValues } from './base-url-fields'
import { CertificateFields } from './certificate-fields'
import { ImportProgress } from './import-progress'
import { PresetOffer } from './preset-offer'

interface AccessStepProps {
  id: string
  /** Id of the preset that the person began with. */
  preset?: string
  onSaved: () => void
}

/** Waits for the import, then asks where calls go and how they sign in. */
export function AccessStep({ id, preset, onSaved }: AccessStepProps) {
  const query = useConnection(id)
  const presets = $api.useQuery(
    'get',
    '/api/presets',
    { params: { query: { q: preset ?? '' } } },
    { enabled: preset !== undefined },
  )
  // Without a preset the list of all is somebody else's to wait for.
  if (query.isPending || (preset && presets.isPending)) return <Skeleton className="h-48" />
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const connection = query.data.data
  if (isImporting(connection)) {
    return (
      <div className="grid gap-4">
        <div>
          <h2 className="font-semibold text-md">Importing {connection.name}</h2>
          <p className="text-ink-2 text-sm">
            This is a big document. You may leave this page; the import goes on.
          </p>
        </div>
        <ImportProgress connection={connection} />
      </div>
    )
  }
  if (connection.status === 'FAILED') {
    return (
      <FailureNote
        error={new Error(connection.statusDetail || 'The document could not be imported.')}
        onRetry={() => query.refetch()}
      />
    )
  }
  return (
    <AccessForm
      connection={connection}
      preset={presets.data?.data.find((it) => it.id === preset)}
      submitLabel="Save and test"
      fresh
      onSaved={onSaved}
    />
  )
}

/** What the form starts with: what is stored, else the spec's first server, else the preset's address. */
function initialUrl(connection: Connection, preset?: Preset): BaseUrlValues {
  if (preset && !connection.baseUrl && !connection.servers?.some(({ url }) => url.includes('://')))
    return baseOf(preset)
  const first = connection.servers?.[0]
  const server =
    connection.servers?.find(({ url }) => variableNames(url).length > 0 && !connection.baseUrl) ?? first
  return connection.baseUrl
    ? { url: connection.baseUrl, variables: {} }
    : { url: server?.url ?? '', variables: { ...defaults(server), ...connection.variables } }
}

/** What is stored; of a connection in the making what its document asks for. */
function initialAuth(connection: Connection, fresh: boolean): AuthValues {
  const { authType, auth } = connection
  if (authType === 'NONE') return (fresh && suggestions(connection.securitySchemes)[0]?.values) || NO_AUTH
  const base = {
    ...NO_AUTH,
    name: auth.name ?? '',
    username: auth.username ?? '',
    scopes: auth.scopes?.join(' ') ?? '',
  }
  const place = auth.in === 'query' || auth.in === 'cookie' ? auth.in : 'header'
  if (authType === 'OAUTH') {
    return {
      ...base,
      kind: authType,
      oauth: auth.oauth ?? NO_AUTH.oauth,
      scopes: auth.requestedScopes?.join(' ') ?? '',
    }
  }
  if (authType === 'AWS_SIGV4') {
    return {
      ...base,
      kind: authType,
      aws: { ...NO_AUTH.aws, region: auth.region ?? '', service: auth.service ?? '' },
    }
  }
  if (authType === 'HMAC') {
    return { ...base, kind: authType, scheme: JSON.stringify(auth.scheme, null, 2) ?? NO_AUTH.scheme }
  }
  if (authType === 'TOKEN_EXCHANGE') {
    const { use, token, expiresIn, url, method } = auth.exchange ?? {}
    return {
      ...base,
      kind: authType,
      in: place,
      name: use?.name ?? '',
      exchange: {
        ...NO_AUTH.exchange,
        request: JSON.stringify({ method, url }, null, 2),
        token: token ?? '',
        expiresIn: expiresIn ?? '',
        prefix: use?.prefix ?? '',
      },
    }
  }
  if (authType === 'API_KEY' || authType === 'BEARER' || authType === 'BASIC' || authType === 'CUSTOM') {
    return { ...base, kind: authType, in: place }
  }
  return NO_AUTH
}

function sameScopes(text: string, scopes: string[] = []): boolean {
  return scopeList(text).sort().join(' ') === [...scopes].sort().join(' ')
}

interface AccessFormProps {
  connection: Connection
  /** What the person said that it is. */
  preset?: Preset
  submitLabel: string
  /** It is being made: the form begins with what the document asks for. */
  fresh?: boolean
  onSaved: () => void
}

export function AccessForm({
  connection,
  preset: begunWith,
  submitLabel,
  fresh = false,
  onSaved,
}: AccessFormProps) {
  const [preset, setPreset] = useState(begunWith)
  const [base, setBase] = useState(() => initialUrl(connection, begunWith))
  const [auth, setAuth] = useState(() => (begunWith ? fromPreset(begunWith) : initialAuth(connection, fresh)))
  const [certificate, setCertificate] = useState(NO_CERTIFICATE)
  const [fault, setFault] = useState<string | null>(null)
  const changed = useConnectionsChanged()
  const update = $api.useMutation('put', '/api/apis/{id}')
  const stored = connection.auth.set.length > 0 && auth.kind === connection.authType

  function choose(known: Preset) {
    setPreset(known)
    setAuth(fromPreset(known))
    if (!base.url.trim()) setBase(baseOf(known))
  }

  function submit(event: FormEvent) {
    event.preventDefault()
    const config = authConfig(auth)
    // An untouched stored credential stays as it is; only a new one must be whole.
    const untouched = stored && keepsStored(auth)
    const restated = untouched && auth.kind === 'BEARER' && !sameScopes(auth.scopes, connection.auth.scopes)
    const lacking = restated
      ? 'Scopes belong to their token: enter the token too.'
      : untouched
        ? null
        : missing(auth)
    setFault(lacking)
    if (lacking) return
    update.mutate(
      {
        params: { path: { id: connection.id }, header: { 'If-Match': connection.version } },
        body: {
          name: connection.name,
          baseUrl: base.url.trim(),
          variables: base.variables,
          authType: auth.kind,
          // Left out, the stored credential stays.
          ...(!untouched && config ? { authConfig: config } : {}),
          clientCertificate: clientCertificate(certificate),
          settings: preset && settingsOf(preset, connection.settings),
        },
      },
      {
        onSuccess: async () => {
          await changed()
          onSaved()
        },
      },
    )
  }

  return (
    <form onSubmit={submit} noValidate className="grid gap-6">
      <section className="grid gap-4">
        <div>
          <h2 className="font-semibold text-md">Where do calls go?</h2>
          <p className="text-ink-2 text-sm">
            {connection.title ?? connection.name} has {plural(connection.endpointCount, 'operation')}.
          </p>
        </div>
        <BaseUrlFields
          servers={connection.servers ?? []}
          values={base}
          onChange={setBase}
          error={fieldMessage(update.error, 'baseUrl')}
        />
      </section>
      <section className="grid gap-4 border-t pt-5">
        <h2 className="font-semibold text-md">How do calls sign in?</h2>
        <PresetOffer connection={connection} chosen={preset} onChoose={choose} />
        <AuthFields
          values={auth}
          onChange={setAuth}
          suggested={suggestions(connection.securitySchemes)}
          scopes={documentScopes(connection.securitySchemes)}
          stored={stored}
        />
        <CertificateFields
          stored={connection.certificate}
          values={certificate}
          onChange={setCertificate}
          fault={(field) => fieldMessage(update.error, `clientCertificate${field}`)}
        />
        {fault && (
          <p role="alert" className="text-bad text-sm">
            {fault}
          </p>
        )}
      </section>
      {update.error && <FailureNote error={update.error} />}
      <footer className="flex justify-end">
        <Button type="submit" variant="primary" pending={update.isPending}>
          {submitLabel}
        </Button>
      </footer>
    </form>
  )
}
