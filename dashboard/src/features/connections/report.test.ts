import { describe, expect, it } from 'vitest'
import { findingCount, reportVerdict } from './report'

describe('reportVerdict', () => {
  it.each([
    [{ state: 'pending', errors: 0, warnings: 0 }, 'Being made', undefined],
    [{ state: 'unavailable', errors: 0, warnings: 0, reason: 'No.' }, 'Not available', undefined],
    [{ state: 'done', errors: 0, warnings: 0 }, 'Nothing found', 0],
    [{ state: 'done', errors: 1, warnings: 0 }, '1 error', 1],
    [{ state: 'done', errors: 0, warnings: 2 }, '2 warnings', 2],
    [{ state: 'done', errors: 3, warnings: 1 }, '3 errors, 1 warning', 4],
  ])('says how %j stands', (report, label, count) => {
    expect(reportVerdict(report).label).toBe(label)
    expect(findingCount(report)).toBe(count)
  })
})
