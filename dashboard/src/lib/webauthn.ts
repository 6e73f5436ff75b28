/** Passkeys speak bytes, the contract speaks base64url: these turn the one into the other. */

function bytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'))
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0))
}

function text(buffer: ArrayBuffer | null): string | undefined {
  if (!buffer) return undefined
  const plain = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('')
  return btoa(plain).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}

interface Described {
  id: string
  type: 'public-key'
  transports?: AuthenticatorTransport[]
}

interface CreateJSON
  extends Omit<PublicKeyCredentialCreationOptions, 'challenge' | 'user' | 'excludeCredentials'> {
  challenge: string
  user: { id: string; name: string; displayName: string }
  excludeCredentials?: Described[]
}

interface GetJSON extends Omit<PublicKeyCredentialRequestOptions, 'challenge' | 'allowCredentials'> {
  challenge: string
  allowCredentials?: Described[]
}

/** False where the browser or the address takes no passkeys: an IP address is no name for one. */
export function takesPasskeys(): boolean {
  return 'PublicKeyCredential' in globalThis && isSecureContext && !/^[\d.]+$|:/.test(location.hostname)
}

/** Why nothing came of it, in words: the person cancelled, or the device would not. */
export class PasskeyError extends Error {}

async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  const given = await ask().catch((error: unknown) => {
    const known = error instanceof DOMException && error.name === 'InvalidStateError'
    throw new PasskeyError(
      known
        ? 'This device has a passkey for this account already.'
        : 'No passkey was given. Try again, or use another way.',
    )
  })
  if (!(given instanceof PublicKeyCredential)) throw new PasskeyError('The browser gave no passkey.')
  return given
}

/** Makes a passkey; `options` is what the server answered. */
export async function createPasskey(options: unknown): Promise<Record<string, unknown>> {
  const o = options as CreateJSON
  const made = await asked(() =>
    navigator.credentials.create({
      publicKey: {
        ...o,
        challenge: bytes(o.challenge),
        user: { ...o.user, id: bytes(o.user.id) },
        excludeCredentials: o.excludeCredentials?.map((one) => ({ ...one, id: bytes(one.id) })),
      },
    }),
  )
  const response = made.response as AuthenticatorAttestationResponse
  return {
    ...common(made),
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
      transports: response.getTransports(),
    },
  }
}

/** Shows a passkey; `options` is what the server answered. */
export async function showPasskey(options: unknown): Promise<Record<string, unknown>> {
  const o = options as GetJSON
  const shown = await asked(() =>
    navigator.credentials.get({
      publicKey: {
        ...o,
        challenge: bytes(o.challenge),
        allowCredentials: o.allowCredentials?.map((one) => ({ ...one, id: bytes(one.id) })),
      },
    }),
  )
  const response = shown.response as AuthenticatorAssertionResponse
  return {
    ...common(shown),
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      userHandle: text(response.userHandle),
    },
  }
}

function common(credential: PublicKeyCredential): Record<string, unknown> {
  return {
    id: credential.id,
    rawId: credential.id,
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: {},
  }
}
