import { useNavigate } from '@tanstack/react-router'
import { Check, ChevronsUpDown, Plus, Settings2 } from 'lucide-react'
import { FailureNote } from '@/components/failure'
import { Menu, MenuItem, MenuLabel, MenuRadioItem, MenuSeparator } from '@/components/ui/menu'
import { useEnterWorkspace, useWorkspaces } from '@/features/workspaces/membership'
import { cn } from '@/lib/cn'
import { useMe } from '@/lib/session'

interface WorkspaceSwitcherProps {
  onNew: () => void
  onNavigate?: () => void
}

/** Where one is, and the way to one's other workspaces; who has one only sees its name. */
export function WorkspaceSwitcher({ onNew, onNavigate }: WorkspaceSwitcherProps) {
  const { name } = useMe().workspace
  const navigate = useNavigate()
  const all = useWorkspaces().data?.data ?? []
  const { enter, error, isPending } = useEnterWorkspace()
  if (all.length < 2)
    return (
      <p className="mt-1 truncate text-ink-3 text-xs" title={name}>
        {name}
      </p>
    )
  return (
    <>
      <Menu
        align="start"
        label={`Workspace ${name}`}
        pending={isPending}
        triggerClassName="-mx-1.5 mt-0.5 flex w-[calc(100%+0.75rem)] items-center gap-1.5 rounded-md px-1.5 py-0.5 text-left text-ink-2 text-xs hover:bg-hover hover:text-ink max-lg:py-2"
        trigger={
          <>
            <span className="min-w-0 flex-1 truncate">{name}</span>
            <ChevronsUpDown className="size-3.5 shrink-0 text-ink-3" aria-hidden />
          </>
        }
      >
        <MenuLabel>Workspaces</MenuLabel>
        {all.map((workspace) => (
          <MenuRadioItem
            key={workspace.id}
            checked={workspace.current}
            disabled={!workspace.active}
            onSelect={() => {
              if (!workspace.current) enter(workspace.id)
            }}
          >
            <Check className={cn(!workspace.current && 'invisible')} aria-hidden />
            <span className="max-w-56 truncate">{workspace.name}</span>
          </MenuRadioItem>
        ))}
        <MenuSeparator />
        <MenuItem onSelect={onNew}>
          <Plus aria-hidden /> New workspace
        </MenuItem>
        <MenuItem
          onSelect={() => {
            onNavigate?.()
            void navigate({ to: '/settings/workspaces' })
          }}
        >
          <Settings2 aria-hidden /> Your workspaces
        </MenuItem>
      </Menu>
      {error && <FailureNote error={error} className="mt-2" />}
    </>
  )
}
