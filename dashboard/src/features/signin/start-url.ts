/** Where a browser begins a sign-in outside, and which page it comes back to. */
export function startURL(start: string, returnTo = '/'): string {
  const [path, query] = start.split('?')
  const all = new URLSearchParams(query)
  all.set('returnTo', returnTo)
  return `${path}?${all}`
}
