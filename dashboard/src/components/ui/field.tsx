import { type ComponentProps, type ReactNode, useId } from 'react'
import { cn } from '@/lib/cn'

const control =
  'w-full rounded-md border border-line-strong bg-surface px-2.5 text-base text-ink transition-colors hover:border-ink-3 focus-visible:border-accent focus-visible:outline-1 focus-visible:outline-offset-0 disabled:opacity-60 aria-[invalid=true]:border-bad'

export function Input({ className, ...props }: ComponentProps<'input'>) {
  return <input className={cn(control, 'h-8', className)} {...props} />
}

export function Textarea({ className, ...props }: ComponentProps<'textarea'>) {
  return <textarea className={cn(control, 'min-h-20 py-1.5', className)} {...props} />
}

/** The platform's own list: it works on every screen, keyboard and reader, and needs no style the policy refuses. */
export function Select({ className, children, ...props }: ComponentProps<'select'>) {
  return (
    <select className={cn(control, 'h-8 pr-7', className)} {...props}>
      {children}
    </select>
  )
}

function Checkbox({ className, ...props }: ComponentProps<'input'>) {
  return <input type="checkbox" className={cn('size-4 shrink-0 accent-accent-fill', className)} {...props} />
}

interface CheckFieldProps {
  checked: boolean
  onChange: (checked: boolean) => void
  className?: string
  children: ReactNode
}

/** A tick box with its sentence; both take the click. */
export function CheckField({ checked, onChange, className, children }: CheckFieldProps) {
  const id = useId()
  return (
    <div className={cn('flex items-start gap-2 text-sm', className)}>
      <Checkbox
        id={id}
        className="mt-0.5"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
      />
      <label htmlFor={id} className="min-w-0">
        {children}
      </label>
    </div>
  )
}

interface FieldProps {
  label: ReactNode
  hint?: ReactNode
  error?: string
  /** Shown beside the label, for example a type. */
  aside?: ReactNode
  required?: boolean
  className?: string
  children: (props: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true }) => ReactNode
}

/** Label, control, hint and error, tied together for readers. */
export function Field({ label, hint, error, aside, required, className, children }: FieldProps) {
  const id = useId()
  const notes = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ')
  return (
    <div className={cn('grid gap-1', className)}>
      <div className="flex items-baseline justify-between gap-2">
        <label htmlFor={id} className="font-medium text-sm">
          {label}
          {required && (
            <span className="text-bad" aria-hidden>
              {' '}
              *
            </span>
          )}
        </label>
        {aside && <span className="text-ink-3 text-xs">{aside}</span>}
      </div>
      {children({ id, 'aria-describedby': notes || undefined, 'aria-invalid': error ? true : undefined })}
      {hint && (
        <p id={`${id}-hint`} className="text-ink-3 text-xs">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="text-bad text-xs">
          {error}
        </p>
      )}
    </div>
  )
}
