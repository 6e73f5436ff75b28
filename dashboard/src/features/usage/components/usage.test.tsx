import { render, screen } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import type { UsageItem } from '@/lib/api/types'
import { Days, lastDays } from './days'
import { Meters } from './meters'

const END = '2026-03-02T00:00:00Z'

describe('Meters', () => {
  it.each<[UsageItem, RegExp]>([
    [{ what: 'runs', used: 12, limit: null, renewsAt: END }, /^Runs today12 · no limit$/],
    [{ what: 'runs', used: 79, limit: 100, renewsAt: END }, /^Runs today79 of 100$/],
    [{ what: 'storage', used: 4_000_000_000, limit: 5_000_000_000 }, /^Storagenearly used4 GB of 5 GB$/],
    [
      { what: 'runs', used: 100, limit: 100, renewsAt: END },
      /^Runs todayused up100 of 100More from .*2026.* on/,
    ],
    [{ what: 'members', used: 5, limit: 5 }, /^Membersfull5 of 5Remove one/],
    [{ what: 'requests', used: null, limit: 6000 }, /^Requests a minuteat most 6,000$/],
  ])('%j', (item, want) => {
    render(<Meters items={[item]} />)
    expect(screen.getByRole('listitem').textContent).toMatch(want)
  })
})

describe('Days', () => {
  it('fills the days that nothing was counted on', () => {
    const all = lastDays([{ day: '2026-03-01', runs: 3, tokens: 0 }], END)
    expect(all).toHaveLength(31)
    expect(all[0]).toEqual({ day: '2026-01-30', runs: 0, tokens: 0 })
    expect(all[30]).toEqual({ day: '2026-03-01', runs: 3, tokens: 0 })
  })

  it('tells the sum, and that there is none', () => {
    const days = [
      { day: '2026-03-01', runs: 3, tokens: 0 },
      { day: '2026-02-27', runs: 4, tokens: 0 },
    ]
    const { rerender } = render(<Days days={days} today={END} />)
    expect(screen.getByRole('img').getAttribute('aria-label')).toBe(
      'Runs of the last 31 days: 7 together, at most 4 a day',
    )
    rerender(<Days days={[]} today={END} />)
    expect(screen.getByText('No runs yet')).toBeTruthy()
  })
})
