import { expect, it } from 'vitest'
import { clientCertificate, NO_CERTIFICATE, validityOf } from './certificate'

const day = 86_400_000
const now = Date.parse('2026-06-01T00:00:00Z')

it.each([
  ['ended', -1],
  ['ended', 0],
  ['ends soon', 1],
  ['ends soon', 30 * day - 1],
  ['good', 30 * day],
] as const)('says that a certificate %s %d ms before its end', (validity, left) => {
  expect(validityOf(new Date(now + left).toISOString(), now)).toBe(validity)
})

it.each([
  ['keeps what is stored', {}, undefined],
  ['takes it away', { removed: true }, {}],
  ['replaces it', { certificate: ' c\n', privateKey: 'k' }, { certificate: 'c', privateKey: 'k' }],
  ['replaces it rather than taking it away', { ca: 'a', removed: true }, { ca: 'a' }],
] as const)('%s', (_, given, sent) => {
  expect(clientCertificate({ ...NO_CERTIFICATE, ...given })).toEqual(sent)
})
