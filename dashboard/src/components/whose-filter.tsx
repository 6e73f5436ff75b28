import type { Whose } from '@/lib/sharing'
import { Segmented } from './ui/segmented'

interface WhoseFilterProps {
  value: Whose | undefined
  onChange: (value: Whose | undefined) => void
}

/** Narrows a list to one's own things, or to those of others. */
export function WhoseFilter({ value, onChange }: WhoseFilterProps) {
  return (
    <Segmented<Whose | 'all'>
      label="Whose"
      value={value ?? 'all'}
      onChange={(next) => onChange(next === 'all' ? undefined : next)}
      items={[
        { value: 'all', label: 'All' },
        { value: 'me', label: 'Mine' },
        { value: 'others', label: 'Shared with me' },
      ]}
    />
  )
}
