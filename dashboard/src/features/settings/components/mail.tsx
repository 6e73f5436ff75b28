import { Inbox } from 'lucide-react'
import { useState } from 'react'
import { EmptyState } from '@/components/empty-state'
import { FailureNote } from '@/components/failure'
import { LoadMore } from '@/components/load-more'
import { Ago } from '@/components/time'
import { Card } from '@/components/ui/card'
import { Dialog } from '@/components/ui/dialog'
import { SkeletonRows } from '@/components/ui/skeleton'
import { $api } from '@/lib/api/client'
import { paged } from '@/lib/api/paging'

/** Messages that an installation without a mail server keeps. */
export function Mail() {
  const options = $api.useQuery('get', '/api/auth/options')
  const query = $api.useInfiniteQuery('get', '/api/admin/mail', { params: { query: { limit: 25 } } }, paged)
  const [open, setOpen] = useState<string>()
  if (query.isPending || options.isPending)
    return (
      <Card>
        <SkeletonRows rows={3} label="Loading messages" />
      </Card>
    )
  if (query.isError) return <FailureNote error={query.error} onRetry={() => query.refetch()} />
  const messages = query.data.pages.flatMap(({ data }) => data)
  if (messages.length === 0)
    return (
      <Card>
        <EmptyState icon={Inbox} title={options.data?.data.mail ? 'Messages are sent' : 'No messages yet'}>
          {options.data?.data.mail
            ? 'This installation sends its mail, and keeps none of it.'
            : 'Invitations and questions that this workspace sends show here, since this installation has no mail server.'}
        </EmptyState>
      </Card>
    )
  return (
    <Card className="overflow-hidden">
      <ul className="divide-y" aria-label="Messages">
        {messages.map((message) => (
          <li key={message.id}>
            <button
              type="button"
              className="flex w-full flex-wrap items-baseline gap-x-4 gap-y-1 px-4 py-2.5 text-left -outline-offset-2 hover:bg-sunken"
              onClick={() => setOpen(message.id)}
            >
              <span className="min-w-0 flex-1 basis-48 truncate font-medium text-sm">{message.subject}</span>
              <span className="truncate text-ink-3 text-xs">
                {message.to.join(', ')} · <Ago at={message.sentAt} />
              </span>
            </button>
          </li>
        ))}
      </ul>
      <LoadMore {...query} />
      {open && <Message id={open} onClose={() => setOpen(undefined)} />}
    </Card>
  )
}

function Message({ id, onClose }: { id: string; onClose: () => void }) {
  const query = $api.useQuery('get', '/api/admin/mail/{id}', { params: { path: { id } } })
  return (
    <Dialog
      open
      onClose={onClose}
      title={query.data?.data.subject ?? 'Message'}
      description="That you read it is in the audit log."
    >
      <div className="overflow-y-auto px-5 pb-5">
        {query.isPending && <SkeletonRows rows={3} label="Loading the message" />}
        {query.isError && <FailureNote error={query.error} onRetry={() => query.refetch()} />}
        {query.data && (
          <pre className="whitespace-pre-wrap break-words font-sans text-sm">{query.data.data.text}</pre>
        )}
      </div>
    </Dialog>
  )
}
