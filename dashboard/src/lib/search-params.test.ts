import { expect, it } from 'vitest'
import { oneOf, text } from './search-params'

it('takes text and numbers, nothing else', () => {
  expect(text({ q: 'a' }, 'q')).toBe('a')
  expect(text({ q: 42 }, 'q')).toBe('42')
  for (const value of ['', null, {}, ['a'], true]) expect(text({ q: value }, 'q')).toBeUndefined()
})

it('takes only what is allowed', () => {
  expect(oneOf({ tab: 'a' }, 'tab', ['a', 'b'])).toBe('a')
  expect(oneOf({ tab: 'c' }, 'tab', ['a', 'b'])).toBeUndefined()
})
