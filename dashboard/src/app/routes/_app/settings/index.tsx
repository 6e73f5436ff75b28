import { createFileRoute } from '@tanstack/react-router'
import { Section } from '@/components/section'
import { Card } from '@/components/ui/card'
import { Kbd } from '@/components/ui/kbd'
import { Appearance } from '@/features/settings/components/appearance'
import { Profile } from '@/features/settings/components/profile'
import { YourData } from '@/features/settings/components/your-data'
import { NAV } from '../../../shell/nav'

export const Route = createFileRoute('/_app/settings/')({ component: YouPage })

function YouPage() {
  return (
    <>
      <Section title="You">
        <Profile />
      </Section>
      <Section title="Theme">
        <Appearance />
      </Section>
      <Section title="Your data">
        <YourData />
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
