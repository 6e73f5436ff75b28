import { describe, expect, it } from 'vitest'
import { importMemory, importPhases, importTime } from './import-figures'

const figures = {
  at: '2026-03-01T12:00:00Z',
  fetchMs: 820,
  parseMs: 84,
  storeMs: 12,
  bytes: 2048,
  jsonBytes: 1024,
  storedBytes: 512,
  peakHeapBytes: 3 << 20,
}

describe('the figures of an import', () => {
  it('sums the phases', () => {
    expect(importTime(figures)).toBe('916 ms')
    expect(importPhases(figures)).toBe('fetched 820 ms · read 84 ms · stored 12 ms')
  })

  it('names no fetch where there was none', () => {
    expect(importPhases({ ...figures, fetchMs: 0 })).toBe('read 84 ms · stored 12 ms')
  })

  it('does not say that nothing was needed where nothing was seen', () => {
    expect(importMemory(figures)).toBe('3.0 MiB')
    expect(importMemory({ ...figures, peakHeapBytes: 0 })).toBe('too little to see')
  })
})
