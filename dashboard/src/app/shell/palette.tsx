import { useNavigate } from '@tanstack/react-router'
import { Command } from 'cmdk'
import {
  Building2,
  Cable,
  MessageSquareText,
  Moon,
  Plus,
  Search,
  SlidersHorizontal,
  Sun,
  Workflow,
} from 'lucide-react'
import { type ComponentProps, useState } from 'react'
import { Dialog } from '@/components/ui/dialog'
import { Kbd } from '@/components/ui/kbd'
import { useEnterWorkspace, useWorkspaces } from '@/features/workspaces/membership'
import { $api } from '@/lib/api/client'
import { roleCan, useMe } from '@/lib/session'
import { setTheme } from '@/lib/theme/theme'
import { NAV } from './nav'
import { SETTINGS } from './settings-nav'

function Item(props: ComponentProps<typeof Command.Item>) {
  return (
    <Command.Item
      {...props}
      className="flex h-9 items-center gap-2.5 rounded-md px-2.5 text-sm data-[selected=true]:bg-hover [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-ink-3"
    />
  )
}

const heading =
  '[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-2xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:uppercase [&_[cmdk-group-heading]]:tracking-[0.06em] [&_[cmdk-group-heading]]:text-ink-3'

interface PaletteProps {
  onClose: () => void
  onNewWorkspace: () => void
}

/** Everything by name: pages, connections, workflows, workspaces, actions, or the words as a goal for the planner. */
export default function Palette({ onClose, onNewWorkspace }: PaletteProps) {
  const navigate = useNavigate()
  const { role } = useMe().user
  const [text, setText] = useState('')
  const connections = $api.useQuery('get', '/api/apis', { params: { query: { limit: 100 } } })
  const others = (useWorkspaces().data?.data ?? []).filter(({ current, active }) => active && !current)
  const { enter } = useEnterWorkspace()
  const workflows = $api.useQuery('get', '/api/workflows', { params: { query: { limit: 100 } } })
  const mayChange = roleCan(role, 'change')

  function run(action: () => void) {
    onClose()
    action()
  }

  return (
    <Dialog
      open
      onClose={onClose}
      title="Search and commands"
      bare
      className="mt-[12vh] w-[min(36rem,calc(100vw-1.5rem))]"
    >
      <Command label="Search and commands" loop className="flex min-h-0 flex-col">
        <div className="flex items-center gap-2.5 border-b px-4">
          <Search className="size-4 text-ink-3" aria-hidden />
          <Command.Input
            autoFocus
            value={text}
            onValueChange={setText}
            placeholder="Search, or describe a goal…"
            className="h-12 w-full bg-transparent text-md outline-none"
          />
          <Kbd>esc</Kbd>
        </div>
        <Command.List className="scroll-thin max-h-[min(24rem,60vh)] overflow-y-auto p-1.5" label="Results">
          <Command.Empty className="px-3 py-8 text-center text-ink-3 text-sm">
            Nothing by that name.
          </Command.Empty>
          <Command.Group heading="Go to" className={heading}>
            {NAV.flatMap(({ items }) => items)
              .filter(({ needs }) => !needs || roleCan(role, needs))
              .map(({ to, label, icon: Icon, key }) => (
                <Item key={to} value={`go ${label}`} onSelect={() => run(() => void navigate({ to }))}>
                  <Icon aria-hidden />
                  {label}
                  <span className="ml-auto flex gap-1" aria-hidden>
                    <Kbd>g</Kbd>
                    <Kbd>{key}</Kbd>
                  </span>
                </Item>
              ))}
          </Command.Group>
          {(connections.data?.data.length ?? 0) > 0 && (
            <Command.Group heading="Connections" className={heading}>
              {connections.data?.data.map(({ id, name }) => (
                <Item
                  key={id}
                  value={`${name} ${id}`}
                  onSelect={() => run(() => void navigate({ to: '/connections/$id', params: { id } }))}
                >
                  <Cable aria-hidden />
                  {name}
                </Item>
              ))}
            </Command.Group>
          )}
          {(workflows.data?.data.length ?? 0) > 0 && (
            <Command.Group heading="Workflows" className={heading}>
              {workflows.data?.data.map(({ id, name }) => (
                <Item
                  key={id}
                  value={`${name} ${id}`}
                  onSelect={() => run(() => void navigate({ to: '/workflows/$id', params: { id } }))}
                >
                  <Workflow aria-hidden />
                  {name}
                </Item>
              ))}
            </Command.Group>
          )}
          <Command.Group heading="Settings" className={heading}>
            {SETTINGS.flatMap(({ heading: group, pages }) =>
              pages
                .filter(({ needs }) => !needs || roleCan(role, needs))
                .map(({ to, label }) => (
                  <Item
                    key={to}
                    value={`settings ${group} ${label}`}
                    onSelect={() => run(() => void navigate({ to }))}
                  >
                    <SlidersHorizontal aria-hidden />
                    {label}
                  </Item>
                )),
            )}
          </Command.Group>
          {others.length > 0 && (
            <Command.Group heading="Workspaces" className={heading}>
              {others.map(({ id, name }) => (
                <Item key={id} value={`switch to workspace ${name} ${id}`} onSelect={() => enter(id)}>
                  <Building2 aria-hidden />
                  Switch to {name}
                </Item>
              ))}
            </Command.Group>
          )}
          <Command.Group heading="Do" className={heading}>
            {mayChange && (
              <Item
                value="add connection connect api"
                onSelect={() => run(() => void navigate({ to: '/connections/new' }))}
              >
                <Plus aria-hidden />
                Connect an API
              </Item>
            )}
            <Item value="new workspace create" onSelect={() => run(onNewWorkspace)}>
              <Building2 aria-hidden />
              New workspace
            </Item>
            <Item value="dark theme" onSelect={() => run(() => setTheme('dark'))}>
              <Moon aria-hidden />
              Dark theme
            </Item>
            <Item value="light theme" onSelect={() => run(() => setTheme('light'))}>
              <Sun aria-hidden />
              Light theme
            </Item>
          </Command.Group>
          {mayChange && text.trim().length > 3 && (
            <Command.Group heading="Plan" className={heading} forceMount>
              <Item
                forceMount
                value={`plan ${text}`}
                onSelect={() => run(() => void navigate({ to: '/chat', search: { prompt: text.trim() } }))}
              >
                <MessageSquareText aria-hidden />
                <span className="truncate">Plan “{text.trim()}”</span>
              </Item>
            </Command.Group>
          )}
        </Command.List>
      </Command>
    </Dialog>
  )
}
