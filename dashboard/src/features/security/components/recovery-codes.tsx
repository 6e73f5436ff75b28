import { Download } from 'lucide-react'
import { Button } from '@/components/ui/button'
import { CopyButton } from '@/components/ui/copy-button'
import { Dialog } from '@/components/ui/dialog'

function save(codes: string[]) {
  const url = URL.createObjectURL(new Blob([`${codes.join('\n')}\n`], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = url
  link.download = 'apiq-recovery-codes.txt'
  link.click()
  URL.revokeObjectURL(url)
}

/** Recovery codes, shown once. */
export function RecoveryCodes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  return (
    <Dialog
      open
      onClose={onClose}
      title="Your recovery codes"
      description="Each signs you in once when your phone or passkey is not at hand. They are not shown again: keep them where you keep passwords."
    >
      <div className="grid gap-3 px-5 pb-5">
        <ul className="grid grid-cols-1 gap-x-6 gap-y-1 rounded-md border bg-sunken px-4 py-3 font-mono text-sm sm:grid-cols-2">
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ul>
        <footer className="flex flex-wrap items-center justify-end gap-2">
          <CopyButton text={codes.join('\n')} label="Copy the recovery codes" />
          <Button onClick={() => save(codes)}>
            <Download aria-hidden /> Download
          </Button>
          <Button variant="primary" onClick={onClose}>
            I have kept them
          </Button>
        </footer>
      </div>
    </Dialog>
  )
}
