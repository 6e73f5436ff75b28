import { expect, test } from 'vitest'
import { startURL } from './start-url'

test.each([
  ['/api/auth/okta/start', undefined, '/api/auth/okta/start?returnTo=%2F'],
  [
    '/api/auth/okta/start?workspace=wsp_1',
    '/runs?step=a&x',
    '/api/auth/okta/start?workspace=wsp_1&returnTo=%2Fruns%3Fstep%3Da%26x',
  ],
])('%s', (start, returnTo, want) => expect(startURL(start, returnTo)).toBe(want))
