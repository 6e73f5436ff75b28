import { describe, expect, it } from 'vitest'
import { formatAgo, formatBytes, formatDuration, plural } from './format'

describe('formatDuration', () => {
  it.each([
    [0.4, '<1 ms'],
    [84.4, '84 ms'],
    [1240, '1.2 s'],
    [59_900, '60 s'],
    [185_000, '3 m 05 s'],
    [3_725_000, '1 h 02 m'],
  ])('reads %d ms as %s', (ms, text) => expect(formatDuration(ms)).toBe(text))
})

describe('formatBytes', () => {
  it.each([
    [12, '12 B'],
    [2048, '2.0 KiB'],
    [20_480, '20 KiB'],
    [13_000_000, '12.4 MiB'],
  ])('reads %d as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))
})

describe('formatAgo', () => {
  const now = Date.parse('2026-01-02T00:00:00Z')
  it('does not tick under a minute', () => expect(formatAgo('2026-01-01T23:59:30Z', now)).toBe('just now'))
  it('speaks in the biggest unit', () => expect(formatAgo('2026-01-01T20:59:00Z', now)).toContain('3'))
})

describe('plural', () => {
  it('counts', () => {
    expect(plural(1, 'step')).toBe('1 step')
    expect(plural(0, 'step')).toBe('0 steps')
    expect(plural(2, 'reply', 'replies')).toBe('2 replies')
  })
})
