import { type ReactNode, useId } from 'react'
import { cn } from '@/lib/cn'

interface SegmentedProps<T extends string> {
  label: string
  value: T
  onChange: (value: T) => void
  items: { value: T; label: ReactNode }[]
  className?: string
}

/** A few choices of which one holds: native radio buttons in one frame. */
export function Segmented<T extends string>({ label, value, onChange, items, className }: SegmentedProps<T>) {
  const name = useId()
  return (
    <fieldset className={cn('inline-flex rounded-md border border-line-strong bg-sunken p-0.5', className)}>
      <legend className="sr-only">{label}</legend>
      {items.map((item) => (
        <label
          key={item.value}
          className="flex items-center gap-1.5 rounded-[5px] px-2.5 py-0.5 text-ink-2 text-sm hover:text-ink has-checked:bg-surface has-checked:font-medium has-checked:text-ink has-checked:shadow-card has-focus-visible:outline-2 has-focus-visible:outline-accent [&_svg]:size-3.5"
        >
          <input
            type="radio"
            name={name}
            value={item.value}
            checked={item.value === value}
            onChange={() => onChange(item.value)}
            className="sr-only"
          />
          {item.label}
        </label>
      ))}
    </fieldset>
  )
}
