import { CopyButton } from '@/components/ui/copy-button'

interface ToCopyProps {
  /** What it is, as the other side calls it. */
  label: string
  text: string
}

/** An address that has to be told somebody else, exactly. */
export function ToCopy({ label, text }: ToCopyProps) {
  return (
    <div className="text-sm">
      <p className="text-ink-2">{label}</p>
      <p className="flex items-center gap-1">
        <code className="min-w-0 flex-1 break-all font-mono text-xs">{text}</code>
        <CopyButton text={text} label={`Copy: ${label}`} />
      </p>
    </div>
  )
}
