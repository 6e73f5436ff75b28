// Says how the way to a connection's provider and back ended, tells the page that opened this window, and closes it.
// The window may have lost its opener on the way (Cross-Origin-Opener-Policy), so the news goes over a channel of this
// origin. Only the words below are ever shown: what stands in the address is no more than a choice among them.
;(() => {
  const words = {
    connected: ['Connected', 'The account is connected. You can close this window.'],
    denied: [
      'Not connected',
      'Access was not granted. To connect the account after all, begin again in APIQ and agree to what is asked.',
    ],
    expired: ['This link is used up', 'It works once and for ten minutes. Begin again in APIQ.'],
    signed_out: [
      'Nobody is signed in',
      'Sign in to APIQ in this browser, at the address it is usually opened at, then connect the account again.',
    ],
    another: [
      'This is not the browser that began',
      'Connect the account from the browser and the session in which you opened APIQ.',
    ],
    changed: [
      'The connection was changed',
      'It was changed or removed while you were away. Look at it in APIQ, then connect the account again.',
    ],
    provider: [
      'The provider refused',
      'It did not accept the request. Begin again in APIQ; if it stays, check how the connection is configured.',
    ],
    unreachable: ['The provider did not answer', 'Begin again in APIQ in a moment.'],
    configuration: [
      'The provider does not accept the client',
      'Check the client id, its secret, the redirect address at the provider and the addresses of the connection in APIQ, then begin again.',
    ],
  }
  const query = new URLSearchParams(location.search)
  const given = query.get('outcome') ?? ''
  const outcome = Object.hasOwn(words, given) ? given : 'expired'
  const named = query.get('connection') ?? ''
  const connection = /^con_[0-9a-f-]{36}$/.test(named) ? named : ''
  const [title, detail] = words[outcome]
  document.getElementById('title').textContent = title
  document.getElementById('detail').textContent = detail
  document.title = `${title} · APIQ`
  if (connection) document.getElementById('back').href = `/connections/${connection}`
  const channel = new BroadcastChannel('apiq-oauth')
  channel.postMessage({ outcome, connection })
  channel.close()
  // Someone who was refused reads why first.
  if (outcome === 'connected') setTimeout(() => window.close(), 800)
})()
