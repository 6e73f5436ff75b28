type Kind = 'success' | 'warning'

/** A short notice of what was done. Its code loads with the first one. */
export function notify(kind: Kind, message: string, description?: string): void {
  void import('sonner').then(({ toast }) => toast[kind](message, { description }))
}
