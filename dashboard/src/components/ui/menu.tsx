import { Check } from 'lucide-react'
import {
  type ComponentProps,
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react'
import { cn } from '@/lib/cn'

interface MenuProps {
  /** What the button shows. */
  trigger: ReactNode
  triggerClassName?: string
  /** Its name, where what it shows is not text. */
  label?: string
  pending?: boolean
  align?: 'start' | 'end'
  children: ReactNode
}

const GAP = 6
const EDGE = 8

/** Puts the menu under its button, or above it where there is no room. */
function place(menu: HTMLElement, button: HTMLElement, align: 'start' | 'end'): void {
  const from = button.getBoundingClientRect()
  const { offsetWidth: width, offsetHeight: height } = menu
  const left = align === 'start' ? from.left : from.right - width
  const below = from.bottom + GAP + height <= innerHeight - EDGE
  menu.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - width - EDGE))}px`
  menu.style.top = `${Math.max(EDGE, below ? from.bottom + GAP : from.top - GAP - height)}px`
}

/**
 * A drop-down of actions on the platform's popover: top layer, closing by Escape or a click elsewhere, and return of
 * focus are the browser's own. Arrow keys, Home, End and first letters move, as WAI-ARIA's menu button describes.
 */
export function Menu({ trigger, triggerClassName, label, pending, align = 'end', children }: MenuProps) {
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const menu = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState(false)

  useEffect(() => {
    if (!open) return
    const close = (event: Event) => {
      if (event.type === 'resize' || !menu.current?.contains(event.target as Node))
        menu.current?.hidePopover()
    }
    addEventListener('scroll', close, true)
    addEventListener('resize', close)
    return () => {
      removeEventListener('scroll', close, true)
      removeEventListener('resize', close)
    }
  }, [open])

  function onKeyDown(event: KeyboardEvent) {
    const items = [...(menu.current?.querySelectorAll<HTMLElement>('[role^=menuitem]:not(:disabled)') ?? [])]
    const at = items.indexOf(document.activeElement as HTMLElement)
    const next: Record<string, HTMLElement | undefined> = {
      ArrowDown: items[(at + 1) % items.length],
      ArrowUp: items.at(at - 1 < -1 ? -1 : at - 1),
      Home: items[0],
      End: items.at(-1),
    }
    const letter = event.key.length === 1 && event.key !== ' ' ? event.key.toLowerCase() : null
    const target = letter
      ? items.find((item) => item.textContent?.trim().toLowerCase().startsWith(letter))
      : next[event.key]
    if (event.key === 'Tab') menu.current?.hidePopover()
    if (!target) return
    event.preventDefault()
    target.focus()
  }

  return (
    <>
      <button
        ref={button}
        type="button"
        popoverTarget={id}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={label}
        aria-busy={pending || undefined}
        className={triggerClassName}
      >
        {trigger}
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        role="menu"
        aria-label={label}
        onKeyDown={onKeyDown}
        onToggle={(event) => {
          const shown = event.newState === 'open'
          setOpen(shown)
          if (!shown || !menu.current || !button.current) return
          place(menu.current, button.current, align)
          menu.current.querySelector<HTMLElement>('[role^=menuitem]:not(:disabled)')?.focus()
        }}
        className="scroll-thin fixed inset-auto m-0 max-h-[min(28rem,80dvh)] min-w-48 overflow-y-auto rounded-lg border bg-raised p-1 text-ink shadow-pop"
      >
        {children}
      </div>
    </>
  )
}

const item =
  'flex w-full select-none items-center gap-2 rounded-md px-2 py-1.5 text-left text-sm outline-none hover:bg-hover focus:bg-hover disabled:cursor-not-allowed disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-ink-3'

function close(event: { currentTarget: HTMLElement }): void {
  event.currentTarget.closest<HTMLElement>('[popover]')?.hidePopover()
}

interface ItemProps extends Omit<ComponentProps<'button'>, 'onSelect'> {
  onSelect: () => void
  danger?: boolean
}

export function MenuItem({ className, danger, onSelect, ...props }: ItemProps) {
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      className={cn(item, danger && 'text-bad [&_svg]:text-bad', className)}
      onClick={(event) => {
        close(event)
        onSelect()
      }}
      {...props}
    />
  )
}

interface ChoiceProps {
  checked: boolean
  disabled?: boolean
  onSelect: () => void
  children: ReactNode
}

/** One of several of which one holds. */
export function MenuRadioItem({ checked, disabled, onSelect, children }: ChoiceProps) {
  return (
    <button
      type="button"
      role="menuitemradio"
      aria-checked={checked}
      disabled={disabled}
      tabIndex={-1}
      className={cn(item, checked && 'font-medium text-accent [&_svg]:text-accent')}
      onClick={(event) => {
        close(event)
        onSelect()
      }}
    >
      {children}
    </button>
  )
}

/** Any of several; the menu stays open for the next. */
export function MenuCheckboxItem({ checked, onSelect, children }: ChoiceProps) {
  return (
    <button
      type="button"
      role="menuitemcheckbox"
      aria-checked={checked}
      tabIndex={-1}
      className={item}
      onClick={onSelect}
    >
      <Check className={cn(checked ? 'text-accent' : 'invisible')} aria-hidden />
      {children}
    </button>
  )
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return (
    <div role="presentation" className="px-2 py-1.5 text-ink-3 text-xs">
      {children}
    </div>
  )
}

export function MenuSeparator() {
  return <hr className="-mx-1 my-1 border-line" />
}
