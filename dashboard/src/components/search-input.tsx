import { Search } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { cn } from '@/lib/cn'
import { Input } from './ui/field'

interface SearchInputProps {
  label: string
  value: string
  onChange: (value: string) => void
  /** Milliseconds of quiet before the change is told. Defaults to 200. */
  delay?: number
  /** Whether "/" puts the cursor here: for one field of a page. Defaults to true. */
  shortcut?: boolean
  className?: string
}

/** A search that waits for a pause in typing; "/" puts the cursor here. */
export function SearchInput({
  label,
  value,
  onChange,
  delay = 200,
  shortcut = true,
  className,
}: SearchInputProps) {
  const [text, setText] = useState(value)
  const told = useRef(value)
  const input = useRef<HTMLInputElement>(null)
  const tell = useRef(onChange)
  tell.current = onChange

  useEffect(() => {
    // The URL changed by other means, such as Back.
    if (value !== told.current) {
      told.current = value
      setText(value)
    }
  }, [value])

  useEffect(() => {
    if (text === told.current) return
    const timer = setTimeout(() => {
      told.current = text
      tell.current(text)
    }, delay)
    return () => clearTimeout(timer)
  }, [text, delay])

  useEffect(() => {
    if (!shortcut) return
    function onKeyDown(event: KeyboardEvent) {
      const target = event.target as HTMLElement
      if (
        event.key !== '/' ||
        event.metaKey ||
        event.ctrlKey ||
        target.closest('input, textarea, select, dialog, [contenteditable]')
      )
        return
      event.preventDefault()
      input.current?.focus()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [shortcut])

  return (
    <div className={cn('relative', className)}>
      <Search className="pointer-events-none absolute top-2 left-2.5 size-4 text-ink-3" aria-hidden />
      <Input
        ref={input}
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="pl-8"
      />
    </div>
  )
}
