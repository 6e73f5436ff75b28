import { render, screen } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import type { Limits } from '@/lib/api/types'
import { RateLimits } from './rate-limits'

const now = new Date('2026-03-01T12:00:00Z').getTime()
const at = '2026-03-01T12:00:00Z'

function show(limits: Limits) {
  render(<RateLimits limits={limits} now={now} />)
}

describe('RateLimits', () => {
  it('says what is left of each quota', () => {
    show({
      at,
      quotas: [
        { scope: 'core', limit: 5000, remaining: 4987, resetAt: '2026-03-01T12:30:00Z', at },
        { name: 'tokens', unit: 'tokens', remaining: 9, at },
      ],
    })
    const [core, tokens] = screen.getAllByRole('listitem').map((item) => item.textContent)
    expect(core).toMatch(/^4,987 of 5,000 requests left · core · full again .*2026/)
    expect(tokens).toBe('9 tokens left')
  })

  it.each([
    ['2026-03-01T12:10:00Z', true],
    ['2026-03-01T11:59:00Z', false],
  ])('tells a wait only while it lasts: %s', (blockedUntil, told) => {
    show({ at, blockedUntil, quotas: [] })
    expect(Boolean(screen.queryByText(/asked to be left alone/))).toBe(told)
    expect(screen.queryByRole('list')).toBeNull()
  })
})
