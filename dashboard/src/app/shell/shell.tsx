import { Menu as MenuIcon, Search } from 'lucide-react'
import { lazy, type ReactNode, Suspense, useCallback, useState } from 'react'
import { Logo } from '@/components/logo'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { useFollowMoves } from '@/features/workspaces/membership'
import { ClosingBanner } from './closing-banner'
import { FactorNotice } from './factor-notice'
import { useShortcuts } from './shortcuts'
import { Sidebar } from './sidebar'

const Palette = lazy(() => import('./palette'))
const NewWorkspace = lazy(() =>
  import('@/features/workspaces/components/new-workspace').then((m) => ({ default: m.NewWorkspace })),
)
const Toaster = lazy(() => import('@/components/toaster'))

/** The signed-in frame: navigation at the side, or behind a button on small screens; the palette over all. */
export function Shell({ children }: { children: ReactNode }) {
  const [menu, setMenu] = useState(false)
  const [palette, setPalette] = useState(false)
  const [making, setMaking] = useState(false)
  const openPalette = useCallback(() => {
    setMenu(false)
    setPalette(true)
  }, [])
  const newWorkspace = useCallback(() => {
    setMenu(false)
    setMaking(true)
  }, [])
  useShortcuts(openPalette)
  useFollowMoves()

  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[14rem_minmax(0,1fr)]">
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-accent-fill px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <aside className="sticky top-0 hidden h-dvh border-r bg-sunken lg:block" aria-label="Sidebar">
        <Sidebar onSearch={openPalette} onNewWorkspace={newWorkspace} />
      </aside>
      <header className="sticky top-0 z-30 flex h-13 items-center gap-1 border-b bg-bg/95 px-2 backdrop-blur lg:hidden">
        <Button
          variant="ghost"
          size="icon"
          className="size-10"
          aria-label="Open navigation"
          onClick={() => setMenu(true)}
        >
          <MenuIcon aria-hidden />
        </Button>
        <Logo />
        <Button
          variant="ghost"
          size="icon"
          className="ml-auto size-10"
          aria-label="Search and commands"
          onClick={openPalette}
        >
          <Search aria-hidden />
        </Button>
      </header>
      <Dialog open={menu} onClose={() => setMenu(false)} title="Navigation" side="left" bare>
        <Sidebar onSearch={openPalette} onNewWorkspace={newWorkspace} onNavigate={() => setMenu(false)} />
      </Dialog>
      <main id="main" tabIndex={-1} className="min-w-0 outline-none">
        <ClosingBanner />
        <FactorNotice />
        {children}
      </main>
      {palette && (
        <Suspense>
          <Palette onClose={() => setPalette(false)} onNewWorkspace={newWorkspace} />
        </Suspense>
      )}
      {making && (
        <Suspense>
          <NewWorkspace onClose={() => setMaking(false)} />
        </Suspense>
      )}
      <Suspense>
        <Toaster />
      </Suspense>
    </div>
  )
}
