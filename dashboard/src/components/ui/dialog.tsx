import { X } from 'lucide-react'
import { type ReactNode, useEffect, useId, useRef } from 'react'
import { cn } from '@/lib/cn'
import { Button } from './button'

interface DialogProps {
  open: boolean
  onClose: () => void
  title: ReactNode
  description?: ReactNode
  /** Hides the visible title bar; the title is still read. */
  bare?: boolean
  /** Where it stands: in the middle, or as a sheet at a side. */
  side?: 'center' | 'left' | 'right'
  className?: string
  children: ReactNode
}

/**
 * A modal on the platform's own <dialog>: top layer, focus kept inside, Escape and return of focus without a style
 * element or a line of focus code.
 */
export function Dialog({
  open,
  onClose,
  title,
  description,
  bare,
  side = 'center',
  className,
  children,
}: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()

  useEffect(() => {
    const dialog = ref.current
    if (!dialog) return
    if (open && !dialog.open) dialog.showModal()
    if (!open && dialog.open) dialog.close()
  }, [open])

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click on the backdrop is an extra; Escape is the keyboard's way
    <dialog
      ref={ref}
      aria-labelledby={`${id}-title`}
      aria-describedby={description ? `${id}-description` : undefined}
      onClose={(event) => {
        // React hands a dialog's end on to those around it, though the platform does not.
        if (event.target === ref.current) onClose()
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose()
      }}
      className={cn(
        'max-h-none max-w-none overflow-hidden border bg-raised p-0 shadow-pop',
        side === 'center' && 'm-auto max-h-[calc(100dvh-2rem)] w-[min(32rem,calc(100vw-2rem))] rounded-lg',
        side === 'left' && 'm-0 h-dvh max-h-dvh w-[min(18rem,85vw)] rounded-r-lg border-y-0 border-l-0',
        side === 'right' && 'm-0 ml-auto h-dvh max-h-dvh w-[min(44rem,100vw)] border-y-0 border-r-0',
        open && 'flex flex-col',
        className,
      )}
    >
      {open && (
        <>
          <header className={cn('flex items-start gap-3 px-5 pt-4 pb-3', bare && 'sr-only')}>
            <div className="min-w-0 flex-1">
              <h2 id={`${id}-title`} className="font-semibold text-md">
                {title}
              </h2>
              {description && (
                <p id={`${id}-description`} className="mt-0.5 text-ink-2 text-sm">
                  {description}
                </p>
              )}
            </div>
            {!bare && (
              <Button
                variant="ghost"
                size="icon"
                className="-mt-1 -mr-2"
                onClick={onClose}
                aria-label="Close"
              >
                <X aria-hidden />
              </Button>
            )}
          </header>
          {children}
        </>
      )}
    </dialog>
  )
}
