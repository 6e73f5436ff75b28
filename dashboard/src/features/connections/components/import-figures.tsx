import type { ImportFigures as Figures } from '@/lib/api/types'
import { formatBytes } from '@/lib/format'
import { importMemory, importPhases, importTime } from '@/lib/import-figures'

/** What the import of the document cost: size, time and memory. */
export function ImportFigures({ figures }: { figures: Figures }) {
  const { bytes, jsonBytes, storedBytes } = figures
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-2 md:grid-cols-[auto_auto_auto_auto] md:justify-between">
      <Figure name="Size" value={formatBytes(bytes)}>
        {jsonBytes === bytes ? 'as it came' : `${formatBytes(jsonBytes)} as JSON`}
      </Figure>
      <Figure name="Stored" value={formatBytes(storedBytes)}>
        packed, with its index
      </Figure>
      <Figure name="Time" value={importTime(figures)}>
        {importPhases(figures)}
      </Figure>
      <Figure name="Memory" value={importMemory(figures)}>
        the heap’s rise at its peak
      </Figure>
    </dl>
  )
}

function Figure({ name, value, children }: { name: string; value: string; children: string }) {
  return (
    <div className="min-w-0">
      <dt className="text-ink-3 text-xs">{name}</dt>
      <dd>
        <span className="num">{value}</span>
        <span className="num block text-ink-3 text-xs">{children}</span>
      </dd>
    </div>
  )
}
