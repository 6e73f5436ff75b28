import { ArrowUp } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react'
import { Button } from '@/components/ui/button'
import { cn } from '@/lib/cn'

interface ComposerProps {
  value: string
  onChange: (value: string) => void
  onSend: () => void
  pending?: boolean
  placeholder: string
  label: string
  autoFocus?: boolean
  /** Stands at the left of the foot, for example a choice of APIs. */
  aside?: ReactNode
  className?: string
}

/** Where a goal is typed: grows with its text, Enter sends, Shift+Enter breaks the line. */
export function Composer(props: ComposerProps) {
  const { value, onChange, onSend, pending, placeholder, label, autoFocus, aside, className } = props
  const area = useRef<HTMLTextAreaElement>(null)

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useEffect(() => {
    const element = area.current
    if (!element) return
    element.style.height = 'auto'
    element.style.height = `${Math.min(element.scrollHeight, 200)}px`
  }, [value])

  function send() {
    if (value.trim() && !pending) onSend()
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    send()
  }

  return (
    <form
      className={cn(
        'rounded-lg border border-line-strong bg-surface shadow-card transition-colors focus-within:border-accent',
        className,
      )}
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <textarea
        ref={area}
        rows={1}
        aria-label={label}
        placeholder={placeholder}
        maxLength={4000}
        // biome-ignore lint/a11y/noAutofocus: the page is this field
        autoFocus={autoFocus}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
        className="block w-full resize-none bg-transparent px-4 pt-3.5 pb-1 text-md outline-none"
      />
      <div className="flex items-center gap-2 px-2 pb-2">
        <div className="min-w-0 flex-1">{aside}</div>
        <Button
          type="submit"
          variant="primary"
          size="icon"
          pending={pending}
          disabled={!value.trim()}
          aria-label="Plan it"
        >
          {!pending && <ArrowUp aria-hidden />}
        </Button>
      </div>
    </form>
  )
}
