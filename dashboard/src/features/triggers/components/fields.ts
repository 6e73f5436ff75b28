import type { Draft } from '../draft'

/** What the fields of each type are given. */
export interface TypeFieldsProps {
  draft: Draft
  onChange: (patch: Partial<Draft>) => void
  error: unknown
  /** True where the trigger exists. */
  stored: boolean
}
