interface Page {
  meta: { nextCursor: string | null }
}

/**
 * How every list of the contract is paged. The first page has an empty cursor, which the server reads as none: left
 * undefined, the hook would send "0".
 */
export const paged = {
  pageParamName: 'cursor',
  initialPageParam: '',
  getNextPageParam: (page: Page) => page.meta.nextCursor ?? undefined,
}
