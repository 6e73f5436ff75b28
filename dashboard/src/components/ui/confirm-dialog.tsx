import type { ReactNode } from 'react'
import { Button } from './button'
import { Dialog } from './dialog'

interface ConfirmDialogProps {
  open: boolean
  onClose: () => void
  onConfirm: () => void
  title: string
  /** What will happen, and what will not. */
  description: ReactNode
  confirmLabel: string
  pending?: boolean
  children?: ReactNode
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const { open, onClose, onConfirm, title, description, confirmLabel, pending, children } = props
  return (
    <Dialog open={open} onClose={onClose} title={title} description={description}>
      {children && <div className="px-5 pb-2">{children}</div>}
      <footer className="flex justify-end gap-2 px-5 pt-2 pb-4">
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="destructive" pending={pending} onClick={onConfirm}>
          {confirmLabel}
        </Button>
      </footer>
    </Dialog>
  )
}
