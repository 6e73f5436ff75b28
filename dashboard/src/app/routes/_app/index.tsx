import { createFileRoute, Link, useNavigate } from '@tanstack/react-router'
import { ArrowRight } from 'lucide-react'
import { ConnectLink } from '@/features/connections/components/connect-link'
import { ConnectionList } from '@/features/connections/components/connection-list'
import { RunList } from '@/features/executions/components/run-list'
import { Home } from '@/features/home/components/home'
import { usePageTitle } from '@/lib/use-page-title'

export const Route = createFileRoute('/_app/')({ component: HomePage })

const more = 'inline-flex items-center gap-1 rounded-sm text-accent text-sm hover:underline [&_svg]:size-3.5'

function HomePage() {
  const navigate = useNavigate()
  usePageTitle('Home')
  return (
    <Home onPlan={(prompt) => void navigate({ to: '/chat', search: { prompt } })}>
      <div className="grid grid-cols-1 gap-10">
        <section aria-labelledby="home-connections">
          <div className="mb-2.5 flex items-baseline justify-between">
            <h2 id="home-connections" className="font-medium">
              Connected APIs
            </h2>
            <Link to="/connections" className={more}>
              All connections <ArrowRight aria-hidden />
            </Link>
          </div>
          <ConnectionList emptyAction={<ConnectLink />} />
        </section>
        <section aria-labelledby="home-runs">
          <div className="mb-2.5 flex items-baseline justify-between">
            <h2 id="home-runs" className="font-medium">
              Latest runs
            </h2>
            <Link to="/runs" className={more}>
              All runs <ArrowRight aria-hidden />
            </Link>
          </div>
          <RunList filter={{}} limit={5} />
        </section>
      </div>
    </Home>
  )
}
