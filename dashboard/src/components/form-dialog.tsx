import { type ReactNode, useEffect, useRef } from 'react'
import { FailureNote } from './failure'
import { Button } from './ui/button'
import { Dialog } from './ui/dialog'

interface FormDialogProps {
  title: ReactNode
  description?: ReactNode
  submitLabel: string
  onSubmit: () => void
  onClose: () => void
  pending: boolean
  /** Why it was not taken. */
  error: unknown
  /** There is nothing to send yet. */
  disabled?: boolean
  /** The form judges its fields itself. */
  noValidate?: boolean
  children: ReactNode
}

/** A form in a dialog: its fields, what was wrong with them, and the two ways out. */
export function FormDialog(props: FormDialogProps) {
  const {
    title,
    description,
    submitLabel,
    onSubmit,
    onClose,
    pending,
    error,
    disabled,
    noValidate,
    children,
  } = props
  const form = useRef<HTMLFormElement>(null)
  // The dialog is open by now: it gave the focus to its first button, which closes it.
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('input:enabled, select:enabled, textarea:enabled')?.focus()
  }, [])
  return (
    <Dialog open onClose={onClose} title={title} description={description}>
      <form
        ref={form}
        noValidate={noValidate}
        className="grid gap-3 overflow-y-auto px-5 pb-5"
        onSubmit={(event) => {
          event.preventDefault()
          if (!pending && !disabled) onSubmit()
        }}
      >
        {children}
        {error !== null && error !== undefined && <FailureNote error={error} />}
        <footer className="flex justify-end gap-2 pt-1">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" pending={pending} disabled={disabled}>
            {submitLabel}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
