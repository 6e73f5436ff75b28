/** Reads URL search parameters: whatever is not a non-empty string of an allowed value is left out. */
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
