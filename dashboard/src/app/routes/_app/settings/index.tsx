import { createFileRoute } from '@tanstack/react-router'
import { Section } from '@/components/section'
import { Card } from '@/components/ui/card'
import { Kbd } from '@/components/ui/kbd'
import { Appearance } from '@/features/settings/components/appearance'
import { useMe } from '@/lib/session'
import { NAV } from '../../../shell/nav'

export const Route = createFileRoute('/_app/settings/')({ component: YouPage })

function YouPage() {
  const { user, workspace } = useMe()
  return (
    <>
      <Section title="You">
        <Card>
          <dl className="divide-y text-sm">
            {[
              ['Name', user.name],
              ['E-mail', user.email],
              ['Role', user.role.toLowerCase()],
              ['Workspace', workspace.name],
            ].map(([label, value]) => (
              <div key={label} className="grid grid-cols-[8rem_1fr] gap-3 px-4 py-2.5">
                <dt className="text-ink-3">{label}</dt>
                <dd className="min-w-0 break-words">{value}</dd>
              </div>
            ))}
          </dl>
        </Card>
      </Section>
      <Section title="Theme">
        <Appearance />
      </Section>
      <Section title="Keyboard">
        <Card>
          <ul className="grid gap-x-8 px-4 py-2 text-sm sm:grid-cols-2">
            <li className="flex justify-between py-1.5">
              Search and commands <Kbd>⌘ or Ctrl K</Kbd>
            </li>
            <li className="flex justify-between py-1.5">
              Search on the page <Kbd>/</Kbd>
            </li>
            {NAV.flatMap(({ items }) => items).map(({ label, key }) => (
              <li key={key} className="flex justify-between py-1.5">
                {label}
                <span className="flex gap-1">
                  <Kbd>g</Kbd>
                  <Kbd>{key}</Kbd>
                </span>
              </li>
            ))}
          </ul>
        </Card>
      </Section>
    </>
  )
}
