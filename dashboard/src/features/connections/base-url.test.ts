import { expect, it } from 'vitest'
import { defaults, fillUrl, variableNames } from './base-url'

it('finds each variable once, in order', () => {
  expect(variableNames('https://{region}.x.com/{v}/{region}')).toEqual(['region', 'v'])
  expect(variableNames('https://x.com')).toEqual([])
})

it('fills what is known and leaves the rest to see', () => {
  expect(fillUrl('https://{region}.x.com/{v}', { region: 'eu', v: '' })).toBe('https://eu.x.com/{v}')
})

it('starts from the defaults of the document', () => {
  expect(defaults({ url: 'x', variables: { region: { default: 'eu' } } })).toEqual({ region: 'eu' })
  expect(defaults(undefined)).toEqual({})
})
