import { Button } from '@/components/ui/button'
import { CopyButton } from '@/components/ui/copy-button'
import { Dialog } from '@/components/ui/dialog'
import type { TriggerMade } from '@/lib/api/types'
import { usePublicUrl } from '@/lib/use-public-url'

interface HookDialogProps {
  made: TriggerMade
  onClose: () => void
}

/** What the sender of a webhook needs to know. */
export function HookDialog({ made, onClose }: HookDialogProps) {
  const origin = usePublicUrl()
  return (
    <Dialog
      open
      onClose={onClose}
      title="Tell the sender"
      description="Each request must be signed with the secret; others are not taken."
    >
      <dl className="grid gap-3 px-5 pb-2 text-sm">
        <Value label="Address" value={origin + made.path} />
        {made.secret && <Value label="Secret, shown this once" value={made.secret} />}
      </dl>
      <footer className="flex justify-end px-5 pt-2 pb-4">
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      </footer>
    </Dialog>
  )
}

function Value({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt className="font-medium">{label}</dt>
      <dd className="mt-1 flex items-center gap-1 rounded-md bg-sunken px-2.5 py-1.5">
        <code className="min-w-0 flex-1 break-all font-mono text-xs">{value}</code>
        <CopyButton text={value} label={`Copy ${label.toLowerCase().split(',')[0]}`} />
      </dd>
    </div>
  )
}
