import { describe, expect, it } from 'vitest'
import { dayOf, exportUrl, queryOf } from './filter'

describe('the filter of the trail', () => {
  it('takes days and nothing else for days', () => {
    expect(dayOf('2026-11-26')).toBe('2026-11-26')
    for (const no of [undefined, '', 'yesterday', '2026-11-26T00:00:00Z', '2026-13-01', '26.11.2026'])
      expect(dayOf(no)).toBeUndefined()
  })

  it('asks for whole days, both included', () => {
    const { from, to, actor } = queryOf({ from: '2026-11-25', to: '2026-11-26', actor: 'ada@example.com' })
    expect(Date.parse(to ?? '') - Date.parse(from ?? '')).toBe(2 * 24 * 3600 * 1000 - 1)
    expect(actor).toBe('ada@example.com')
    expect(queryOf({}).from).toBeUndefined()
  })

  it('exports what it shows', () => {
    const url = exportUrl({ resource: 'con_1', from: '2026-11-25', q: 'a b' }, 'ndjson')
    expect(url).toMatch(/^\/api\/logs\/export\?format=ndjson&/)
    expect(url).toContain('resource=con_1')
    expect(url).toContain('q=a+b')
    expect(url).toContain('from=20')
    expect(url).not.toContain('undefined')
  })
})
