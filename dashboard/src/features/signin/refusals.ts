/** What the server's code for a sign-in that came to nothing means, and what to do. */
const REFUSALS: Record<string, string> = {
  denied: 'The sign-in was declined, by you or by the provider. Try again, or use another way.',
  expired: 'This sign-in took too long, or was used before. Start it again.',
  other_browser: 'This sign-in began in another browser, or cookies are blocked here. Start it again.',
  invalid_answer:
    'The provider’s answer did not stand up to its checks. Start again; if it stays, tell an admin.',
  unreachable: 'The provider does not answer. Try again in a moment, or use another way.',
  not_configured: 'This way to sign in is not set up here.',
  email_unverified:
    'The provider does not vouch for an e-mail address of yours. Confirm it there, then try again.',
  domain_refused: 'Addresses of this domain may not sign in here. Use another account, or ask an admin.',
  no_account: 'There is no account for you here. Ask an admin to invite you.',
  deactivated: 'Your account was deactivated. Ask an admin of the workspace.',
  linked_elsewhere: 'This identity signs in to another account. Take it off there first.',
  link_removed:
    'This identity was taken off its account. Sign in another way, and link it again under settings, Security.',
  too_many_links: 'An account has at most 20 sign-in accounts. Take one off first.',
  account_unconfirmed:
    'An account with this e-mail never confirmed it. Sign in with its password and confirm the address, then this way is open too.',
}

/** Codes come from the address bar: any other gets a sentence that says nothing of it. */
export function refusal(code: string): string {
  return Object.hasOwn(REFUSALS, code)
    ? (REFUSALS[code] as string)
    : 'The sign-in did not work. Start it again.'
}
