import { describe, expect, it } from 'vitest'
import { fieldMessage, isFinal, toFailure } from './problem'

const problem = {
  success: false,
  type: 'about:blank',
  title: 'Bad request',
  status: 400,
  code: 'VALIDATION_FAILED',
  detail: 'The request is not valid.',
  requestId: 'req_1',
  errors: [{ path: '/email', code: 'format', message: 'This is no e-mail address.' }],
}

describe('toFailure', () => {
  it('keeps what the server said and adds what to do', () => {
    const failure = toFailure(problem)
    expect(failure).toMatchObject({
      detail: 'The request is not valid.',
      requestId: 'req_1',
      code: 'VALIDATION_FAILED',
    })
    expect(failure.advice).toBe('Correct the marked fields and send it again.')
  })

  it('has a way on for a code it does not know', () => {
    expect(toFailure({ ...problem, code: 'BRAND_NEW' }).advice).toBe('Try again.')
  })

  it('tells a server that cannot be reached from one that refuses', () => {
    expect(toFailure(new TypeError('Failed to fetch')).code).toBe('NETWORK')
  })

  it.each([undefined, null, '<html>502</html>', 42])('survives %j', (value) => {
    expect(toFailure(value).detail).toBe('An unexpected answer came back.')
  })
})

describe('isFinal', () => {
  it.each([
    [400, true],
    [404, true],
    [429, false],
    [502, false],
  ])('judges %d', (status, final) => expect(isFinal({ ...problem, status })).toBe(final))

  it('asks again when there was no answer', () => expect(isFinal(new TypeError('x'))).toBe(false))
})

describe('fieldMessage', () => {
  it('finds the field by its pointer', () => {
    expect(fieldMessage(problem, 'email')).toBe('This is no e-mail address.')
    expect(fieldMessage(problem, 'name')).toBeUndefined()
    expect(fieldMessage(null, 'email')).toBeUndefined()
  })
})
