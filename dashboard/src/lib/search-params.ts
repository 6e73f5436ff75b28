/**
 * Readers of URL search parameters: what is not a string of an allowed value is undefined. A route's validator must
 * name every key it reads, undefined ones too: the router lets through as they came those that it leaves out.
 */
export function text(search: Record<string, unknown>, key: string): string | undefined {
  const value = search[key]
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function oneOf<T extends string>(
  search: Record<string, unknown>,
  key: string,
  allowed: readonly T[],
): T | undefined {
  const value = search[key]
  return allowed.find((option) => option === value)
}
