import type { ImportFigures } from './api/types'
import { formatBytes, formatDuration } from './format'

/** From the first byte asked for to the last one stored. */
export function importTime({ fetchMs, parseMs, storeMs }: ImportFigures): string {
  return formatDuration(fetchMs + parseMs + storeMs)
}

/** Where the time went: "fetched 0.8 s · read 84 ms · stored 12 ms". Nothing is fetched for an upload. */
export function importPhases({ fetchMs, parseMs, storeMs }: ImportFigures): string {
  const phases = [`read ${formatDuration(parseMs)}`, `stored ${formatDuration(storeMs)}`]
  if (fetchMs > 0) phases.unshift(`fetched ${formatDuration(fetchMs)}`)
  return phases.join(' · ')
}

/** A small document can be read without the heap being seen to rise. */
export function importMemory({ peakHeapBytes }: ImportFigures): string {
  return peakHeapBytes > 0 ? formatBytes(peakHeapBytes) : 'too little to see'
}
