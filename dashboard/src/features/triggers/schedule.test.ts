import { describe, expect, it } from 'vitest'
import { describeCron, fromCron, toCron } from './schedule'

describe('schedules', () => {
  it.each([
    ['5 * * * *', 'Every hour at minute 5'],
    ['0 9 * * *', 'Every day at 09:00'],
    ['30 17 * * 1-5', 'Every weekday at 17:30'],
    ['0 0 * * 0', 'Every Sunday at 00:00'],
    ['15 8 31 * *', 'On day 31 of each month at 08:15'],
    ['*/5 * * * *', '*/5 * * * *'],
    ['0 9 1 * 1', '0 9 1 * 1'],
    ['0 * 1 * *', '0 * 1 * *'],
    ['0 9 0 * *', '0 9 0 * *'],
    ['0 9 * 6 *', '0 9 * 6 *'],
    ['0 9 * * mon', '0 9 * * mon'],
  ])('%s is read and written back as it was: %s', (cron, words) => {
    expect(toCron(fromCron(cron))).toBe(cron)
    expect(describeCron(cron)).toBe(words)
  })

  it('proposes every morning', () => {
    expect(toCron(fromCron())).toBe('0 9 * * *')
  })
})
