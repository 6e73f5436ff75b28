import { describe, expect, it } from 'vitest'
import { passwordAdvice } from './password-advice'

describe('advice on a password', () => {
  it.each([
    ['', 0],
    ['short', 1],
    ['größe😀😀', 1],
    ['aaaaaaaaaaaa', 1],
    ['horse battery', 2],
    ['correct horse battery', 3],
    ['日本語の長い合言葉ですからね安全です', 3],
  ])('%s is level %i', (password, level) => {
    expect(passwordAdvice(password, 10).level).toBe(level)
  })

  it('says how much is missing', () => {
    expect(passwordAdvice('123456789', 10).words).toBe('1 more character.')
    expect(passwordAdvice('12345', 10).words).toBe('5 more characters.')
  })
})
