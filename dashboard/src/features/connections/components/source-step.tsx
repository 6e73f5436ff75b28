import { BookMarked, FileUp, Link2, TextCursorInput, Upload } from 'lucide-react'
import { type FormEvent, useRef, useState } from 'react'
import { CodeEditor } from '@/components/code-editor'
import { FailureNote } from '@/components/failure'
import { Button } from '@/components/ui/button'
import { CheckField, Field, Input } from '@/components/ui/field'
import { Segmented } from '@/components/ui/segmented'
import { $api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'
import type { Preset } from '@/lib/api/types'
import { formatBytes } from '@/lib/format'
import { useConnectionsChanged } from '../api/queries'
import { PresetList } from './preset-list'
import { PresetNotes } from './preset-notes'

type Source = 'known' | 'url' | 'upload' | 'paste'

interface DocumentFile {
  name: string
  size: number
  text: string
}

/** A name to start from: the host without its usual prefixes, or the file's name. */
export function suggestName(source: string): string {
  try {
    const host = new URL(source).hostname.replace(/^(www|api|developer|raw)\./, '')
    return host.charAt(0).toUpperCase() + host.slice(1)
  } catch {
    return source.replace(/\.(json|ya?ml)$/i, '')
  }
}

interface SourceStepProps {
  /** preset is the id of the known API that it is, where the person said so. */
  onCreated: (id: string, preset?: string) => void
}

export function SourceStep({ onCreated }: SourceStepProps) {
  const [source, setSource] = useState<Source>('url')
  const [name, setName] = useState('')
  const [url, setUrl] = useState('')
  const [file, setFile] = useState<DocumentFile | null>(null)
  const [pasted, setPasted] = useState('')
  const [preset, setPreset] = useState<Preset>()
  /** Asked for once the server has said that the document names no address. */
  const [baseUrl, setBaseUrl] = useState<string>()
  const [secluded, setSecluded] = useState(false)
  const [fault, setFault] = useState<string | null>(null)
  const picker = useRef<HTMLInputElement>(null)
  const changed = useConnectionsChanged()
  const create = $api.useMutation('post', '/api/apis')

  function submit(event: FormEvent) {
    event.preventDefault()
    if (source === 'known') return // Enter in the search
    const origin =
      source === 'url'
        ? { specUrl: url.trim() }
        : { specDocument: source === 'upload' ? (file?.text ?? '') : pasted }
    const given = Object.values(origin)[0]
    if (!given) {
      setFault(
        { url: 'Enter the address of the document.', upload: 'Choose a file.', paste: 'Paste the document.' }[
          source
        ],
      )
      return
    }
    setFault(null)
    const fallback =
      source === 'url'
        ? suggestName(url.trim())
        : source === 'upload'
          ? suggestName(file?.name ?? '')
          : 'Pasted API'
    create.mutate(
      {
        body: {
          name: name.trim() || fallback,
          authType: 'NONE',
          ...origin,
          baseUrl: baseUrl?.trim() || undefined,
          ...(secluded ? { access: { everyone: 'none' as const } } : {}),
        },
      },
      {
        onError: (error) => {
          if (fieldMessage(error, 'baseUrl')) setBaseUrl((typed) => typed ?? preset?.baseUrl ?? '')
        },
        onSuccess: async ({ data }) => {
          await changed()
          onCreated(data.id, preset?.id)
        },
      },
    )
  }

  /** A vendor that publishes its document saves the person from looking for it. */
  function know(known: Preset) {
    setPreset(known)
    setName(known.name)
    setUrl(known.specUrl ?? '')
    setSource(known.specUrl ? 'url' : 'upload')
    setFault(null)
  }

  async function choose(chosen: File | undefined) {
    if (!chosen) return
    setFault(null)
    setFile({ name: chosen.name, size: chosen.size, text: await chosen.text() })
  }

  return (
    <form onSubmit={submit} noValidate className="grid gap-5">
      <div>
        <h2 className="font-semibold text-md">Where is the API described?</h2>
        <p className="text-ink-2 text-sm">
          OpenAPI 3.0, 3.1 or Swagger 2.0, in JSON or YAML. Big documents import in the background.
        </p>
      </div>
      <Segmented<Source>
        label="Source of the document"
        value={source}
        onChange={(next) => {
          setSource(next)
          setFault(null)
          create.reset()
        }}
        className="justify-self-start max-sm:[&_svg]:hidden"
        items={[
          {
            value: 'known',
            label: (
              <>
                <BookMarked aria-hidden /> Known API
              </>
            ),
          },
          {
            value: 'url',
            label: (
              <>
                <Link2 aria-hidden /> URL
              </>
            ),
          },
          {
            value: 'upload',
            label: (
              <>
                <Upload aria-hidden /> Upload
              </>
            ),
          },
          {
            value: 'paste',
            label: (
              <>
                <TextCursorInput aria-hidden /> Paste
              </>
            ),
          },
        ]}
      />
      {preset && source !== 'known' && (
        <div className="grid gap-2">
          <PresetNotes preset={preset} onClear={() => setPreset(undefined)} />
          {!preset.specUrl && (
            <p className="text-ink-2 text-sm">
              {preset.name} keeps no document at a public address that we know of. Upload or paste one; its
              address and sign-in are filled in after that.
            </p>
          )}
        </div>
      )}
      {source === 'known' && <PresetList onChoose={know} className="max-h-80" />}
      {source === 'url' && (
        <Field label="Document URL" error={fault ?? fieldMessage(create.error, 'specUrl')}>
          {(field) => (
            <Input
              {...field}
              type="text"
              inputMode="url"
              autoFocus
              placeholder="https://api.example.com/openapi.json"
              className="h-9 font-mono"
              value={url}
              onChange={(event) => setUrl(event.target.value)}
            />
          )}
        </Field>
      )}
      {source === 'upload' && (
        <div>
          <button
            type="button"
            onClick={() => picker.current?.click()}
            onDragOver={(event) => event.preventDefault()}
            onDrop={(event) => {
              event.preventDefault()
              void choose(event.dataTransfer.files[0])
            }}
            className="grid w-full place-items-center gap-1 rounded-lg border border-line-strong border-dashed bg-sunken px-4 py-9 text-sm hover:border-accent"
          >
            <FileUp className="size-5 text-ink-3" aria-hidden />
            {file ? (
              <span>
                <span className="font-medium">{file.name}</span>{' '}
                <span className="text-ink-2">{formatBytes(file.size)}</span>
              </span>
            ) : (
              <span className="text-ink-2">Drop a file here, or choose one</span>
            )}
          </button>
          <input
            ref={picker}
            type="file"
            accept=".json,.yaml,.yml,application/json,application/yaml"
            className="sr-only"
            tabIndex={-1}
            aria-label="Document file"
            onChange={(event) => void choose(event.target.files?.[0])}
          />
          {fault && <p className="mt-1 text-bad text-xs">{fault}</p>}
        </div>
      )}
      {source === 'paste' && (
        <div className="grid gap-1">
          <CodeEditor label="Document" value={pasted} onChange={setPasted} className="h-64" />
          {fault && <p className="text-bad text-xs">{fault}</p>}
        </div>
      )}
      {source !== 'known' && (
        <>
          <Field
            label="Name"
            aside="optional"
            hint="How plans and people call it."
            error={fieldMessage(create.error, 'name')}
          >
            {(field) => (
              <Input
                {...field}
                value={name}
                maxLength={100}
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
          {baseUrl !== undefined && (
            <Field
              label="Base URL"
              hint="The document does not say where the API is."
              error={fieldMessage(create.error, 'baseUrl')}
            >
              {(field) => (
                <Input
                  {...field}
                  type="text"
                  inputMode="url"
                  placeholder="https://api.example.com/v1"
                  className="font-mono"
                  value={baseUrl}
                  onChange={(event) => setBaseUrl(event.target.value)}
                />
              )}
            </Field>
          )}
          <CheckField checked={secluded} onChange={setSecluded}>
            Only I may use it, until I share it
          </CheckField>
          {create.error && <FailureNote error={create.error} />}
          <footer className="flex justify-end">
            <Button type="submit" variant="primary" pending={create.isPending}>
              {create.isPending ? 'Fetching…' : 'Continue'}
            </Button>
          </footer>
        </>
      )}
    </form>
  )
}
