import { Share2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { useCan } from '@/lib/session'
import { mayDo } from '@/lib/sharing'
import { ShareDialog, type Shared } from './share-dialog'

interface ShareButtonProps {
  resource: Shared
  /** What is held on it is to be read again. */
  onSaved: () => Promise<unknown>
}

/** Opens the dialog in which a thing is shared; for who may. */
export function ShareButton({ resource, onSaved }: ShareButtonProps) {
  const [open, setOpen] = useState(false)
  const mayChange = useCan('change')
  if (!mayChange || !mayDo(resource, 'manage')) return null
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Share2 aria-hidden /> Share
      </Button>
      {open && <ShareDialog resource={resource} onClose={() => setOpen(false)} onSaved={onSaved} />}
    </>
  )
}
