import { ExternalLink } from 'lucide-react'
import { useState } from 'react'
import { FailureNote } from '@/components/failure'
import { SearchInput } from '@/components/search-input'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import type { Connection, Preset } from '@/lib/api/types'

interface PresetOfferProps {
  connection: Connection
  onChoose: (preset: Preset) => void
}

/** What is known of the API that was connected, or of another that the person looks for. */
export function PresetOffer({ connection, onChoose }: PresetOfferProps) {
  const [picking, setPicking] = useState(false)
  const [chosen, setChosen] = useState<Preset | null>(null)
  const title = connection.title ?? ''
  const found = $api.useQuery('get', '/api/presets', {
    params: { query: { host: connection.baseUrl, title } },
  })
  const choose = (preset: Preset) => {
    setChosen(preset)
    setPicking(false)
    onChoose(preset)
  }
  // Without an address and a title everything fits, which is no offer.
  const offered = connection.baseUrl || title ? (found.data?.data ?? []).slice(0, 3) : []
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-center gap-2">
        {offered.map((preset) => (
          <Button key={preset.id} size="sm" onClick={() => choose(preset)}>
            Fill in for {preset.name}
          </Button>
        ))}
        <Button size="sm" variant="ghost" onClick={() => setPicking(true)}>
          Choose from known APIs
        </Button>
      </div>
      {chosen && <PresetNotes preset={chosen} />}
      <Dialog
        open={picking}
        onClose={() => setPicking(false)}
        title="Known APIs"
        description="Addresses, scopes and quirks as their vendors document them."
      >
        <PresetList onChoose={choose} />
      </Dialog>
    </div>
  )
}

function PresetList({ onChoose }: { onChoose: (preset: Preset) => void }) {
  const [words, setWords] = useState('')
  const query = $api.useQuery('get', '/api/presets', { params: { query: { q: words } } })
  return (
    <div className="grid min-h-0 gap-3 overflow-y-auto px-5 pb-5">
      <SearchInput label="Search known APIs" value={words} onChange={setWords} />
      {query.isPending ? (
        <SkeletonRows label="Loading known APIs" />
      ) : query.isError ? (
        <FailureNote error={query.error} onRetry={() => query.refetch()} />
      ) : query.data.data.length === 0 ? (
        <p role="status" className="text-ink-2 text-sm">
          None by that name. Its addresses can be entered by hand.
        </p>
      ) : (
        <ul className="grid gap-2 sm:grid-cols-2">
          {query.data.data.map((preset) => (
            <li key={preset.id}>
              <button
                type="button"
                onClick={() => onChoose(preset)}
                className="grid w-full rounded-md border px-3 py-2 text-left hover:border-accent"
              >
                <span className="font-medium text-sm">{preset.name}</span>
                <span className="text-ink-3 text-xs">{preset.category}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function PresetNotes({ preset }: { preset: Preset }) {
  const notes = [...(preset.notes ?? []), ...(preset.unsure ?? [])]
  return (
    <div className="grid gap-1 rounded-md border bg-sunken px-3 py-2 text-sm">
      <a
        href={preset.helpUrl}
        target="_blank"
        rel="noopener noreferrer"
        className="inline-flex items-center gap-1 text-accent"
      >
        Where {preset.name} gives keys or registers applications
        <ExternalLink className="size-3.5" aria-hidden />
      </a>
      {notes.map((note) => (
        <p key={note} className="text-ink-2">
          {note}
        </p>
      ))}
    </div>
  )
}
