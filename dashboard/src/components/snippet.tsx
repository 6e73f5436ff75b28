import { CopyButton } from './ui/copy-button'

interface SnippetProps {
  /** What it is, above it. */
  label: string
  text: string
}

/** Some lines to be pasted elsewhere. */
export function Snippet({ label, text }: SnippetProps) {
  return (
    <figure className="grid gap-1">
      <figcaption className="flex items-center justify-between gap-2 font-medium text-sm">
        {label}
        <CopyButton text={text} label={`Copy: ${label}`} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by the keyboard */}
      <pre tabIndex={0} className="max-h-48 overflow-auto rounded bg-sunken px-3 py-2 font-mono text-xs">
        {text}
      </pre>
    </figure>
  )
}
