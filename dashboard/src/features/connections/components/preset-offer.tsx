import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { $api } from '@/lib/api/client'
import type { Connection, Preset } from '@/lib/api/types'
import { PresetList } from './preset-list'
import { PresetNotes } from './preset-notes'

interface PresetOfferProps {
  connection: Connection
  /** The one that the form is filled with. */
  chosen?: Preset
  onChoose: (preset: Preset) => void
}

/** What is known of the API that was connected, or of another that the person looks for. */
export function PresetOffer({ connection, chosen, onChoose }: PresetOfferProps) {
  const [picking, setPicking] = useState(false)
  const title = connection.title ?? ''
  const found = $api.useQuery('get', '/api/presets', {
    params: { query: { host: connection.baseUrl, title } },
  })
  // Without an address and a title everything fits, which is no offer.
  const offered = connection.baseUrl || title ? (found.data?.data ?? []).slice(0, 3) : []
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-center gap-2">
        {offered
          .filter(({ id }) => id !== chosen?.id)
          .map((preset) => (
            <Button key={preset.id} size="sm" onClick={() => onChoose(preset)}>
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
        <div className="min-h-0 overflow-y-auto px-5 pb-5">
          <PresetList
            onChoose={(preset) => {
              setPicking(false)
              onChoose(preset)
            }}
          />
        </div>
      </Dialog>
    </div>
  )
}
