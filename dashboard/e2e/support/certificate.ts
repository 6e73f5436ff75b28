import { generateKeyPairSync, sign } from 'node:crypto'

/** One DER value: its tag, its length, its content. */
function der(tag: number, ...content: Uint8Array[]): Uint8Array {
  const body = Buffer.concat(content)
  const size = body.length
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}

const SEQUENCE = 0x30
const ED25519 = der(SEQUENCE, der(0x06, Buffer.from([0x2b, 0x65, 0x70])))

/** A name of one part, CN (2.5.4.3). */
function named(name: string): Uint8Array {
  const part = der(SEQUENCE, der(0x06, Buffer.from([0x55, 0x04, 0x03])), der(0x0c, Buffer.from(name)))
  return der(SEQUENCE, der(0x31, part))
}

function time(at: Date): Uint8Array {
  return der(0x18, Buffer.from(`${at.toISOString().replace(/[-:T]|\..*/g, '')}Z`))
}

function pem(label: string, content: Uint8Array): string {
  const lines =
    Buffer.from(content)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

/** A certificate that signs itself (RFC 5280, Ed25519 after RFC 8410), and its key, in PEM. */
export function selfSigned(name: string, days: number): { certificate: string; privateKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const now = Date.now()
  const body = der(
    SEQUENCE,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ED25519,
    named(name),
    der(SEQUENCE, time(new Date(now - 60_000)), time(new Date(now + days * 86_400_000))),
    named(name),
    publicKey.export({ type: 'spki', format: 'der' }),
  )
  const signature = der(0x03, Buffer.from([0]), sign(null, body, privateKey))
  return {
    certificate: pem('CERTIFICATE', der(SEQUENCE, body, ED25519, signature)),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}
