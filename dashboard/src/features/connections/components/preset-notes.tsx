import { CircleHelp, ExternalLink, X } from 'lucide-react'
import { Button } from '@/components/ui/button'
import type { Preset } from '@/lib/api/types'

interface PresetNotesProps {
  preset: Preset
  /** Forgets the choice; the button shows only when given. */
  onClear?: () => void
}

/** What is known of an API, and what is not. */
export function PresetNotes({ preset, onClear }: PresetNotesProps) {
  const { name, helpUrl, notes = [], unsure = [] } = preset
  return (
    <section
      aria-label={`What is known of ${name}`}
      className="grid gap-1 rounded-md border bg-sunken px-3 py-2 text-sm"
    >
      <div className="flex items-start justify-between gap-2">
        <a
          href={helpUrl}
          target="_blank"
          rel="noopener noreferrer"
          className="inline-flex items-center gap-1 text-accent"
        >
          Where {name} gives keys or registers applications
          <ExternalLink className="size-3.5 shrink-0" aria-hidden />
        </a>
        {onClear && (
          <Button variant="ghost" size="sm" className="px-1.5" aria-label={`Not ${name}`} onClick={onClear}>
            <X aria-hidden />
          </Button>
        )}
      </div>
      {notes.map((note) => (
        <p key={note} className="text-ink-2">
          {note}
        </p>
      ))}
      {unsure.map((doubt) => (
        <p key={doubt} className="flex gap-1.5 text-warn">
          <CircleHelp className="mt-0.5 size-4 shrink-0" aria-hidden />
          <span>Not known for sure: {doubt}</span>
        </p>
      ))}
    </section>
  )
}
