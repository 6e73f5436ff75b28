import type { Connection, Preset } from '@/lib/api/types'
import type { BaseUrlValues } from './components/base-url-fields'

/** Where calls go by the preset, with what it takes for its variables. */
export function baseOf(preset: Preset): BaseUrlValues {
  const variables = (preset.variables ?? []).map(({ name, default: value = '' }) => [name, value])
  return { url: preset.baseUrl, variables: Object.fromEntries(variables) }
}

/** How the API wants to be called, beside what is set already; nothing where the preset says nothing. */
export function settingsOf(
  { expiredWhen, idempotencyHeader }: Preset,
  before: Connection['settings'],
): Connection['settings'] {
  if (!expiredWhen && !idempotencyHeader) return undefined
  return {
    ...before,
    ...(expiredWhen ? { expiredWhen } : {}),
    ...(idempotencyHeader ? { idempotencyKey: { header: idempotencyHeader } } : {}),
  }
}
