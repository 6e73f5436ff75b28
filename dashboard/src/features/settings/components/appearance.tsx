import { Monitor, Moon, Sun } from 'lucide-react'
import { Segmented } from '@/components/ui/segmented'
import { setTheme, type Theme, useTheme } from '@/lib/theme/theme'

export function Appearance() {
  const theme = useTheme()
  return (
    <Segmented<Theme>
      label="Theme"
      value={theme}
      onChange={setTheme}
      className="justify-self-start"
      items={[
        {
          value: 'system',
          label: (
            <>
              <Monitor aria-hidden /> System
            </>
          ),
        },
        {
          value: 'light',
          label: (
            <>
              <Sun aria-hidden /> Light
            </>
          ),
        },
        {
          value: 'dark',
          label: (
            <>
              <Moon aria-hidden /> Dark
            </>
          ),
        },
      ]}
    />
  )
}
