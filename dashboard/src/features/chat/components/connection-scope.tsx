import { Cable, ChevronDown } from 'lucide-react'
import { Menu, MenuCheckboxItem, MenuItem, MenuLabel, MenuSeparator } from '@/components/ui/menu'
import { plural } from '@/lib/format'
import { useConnectionChoices } from '../api/names'

interface ConnectionScopeProps {
  /** Ids; none means all. */
  selected: string[]
  onChange: (selected: string[]) => void
}

/** Which APIs a plan may use. */
export function ConnectionScope({ selected, onChange }: ConnectionScopeProps) {
  const query = useConnectionChoices()
  const connections = query.data?.data ?? []
  if (connections.length === 0) return null
  return (
    <Menu
      align="start"
      triggerClassName="flex h-8 items-center gap-1.5 rounded-md px-2 text-ink-2 text-xs hover:bg-hover hover:text-ink"
      trigger={
        <>
          <Cable className="size-3.5" aria-hidden />
          {selected.length === 0 ? 'All connections' : plural(selected.length, 'connection')}
          <ChevronDown className="size-3" aria-hidden />
        </>
      }
    >
      <MenuLabel>Plan with</MenuLabel>
      {connections.map(({ id, name }) => (
        <MenuCheckboxItem
          key={id}
          checked={selected.includes(id)}
          onSelect={() =>
            onChange(selected.includes(id) ? selected.filter((other) => other !== id) : [...selected, id])
          }
        >
          {name}
        </MenuCheckboxItem>
      ))}
      <MenuSeparator />
      <MenuItem disabled={selected.length === 0} onSelect={() => onChange([])}>
        All connections
      </MenuItem>
    </Menu>
  )
}
