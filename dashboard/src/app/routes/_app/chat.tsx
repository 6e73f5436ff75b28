import { createFileRoute, useNavigate } from '@tanstack/react-router'
import { Chat } from '@/features/chat/components/chat'
import { text } from '@/lib/search-params'
import { usePageTitle } from '@/lib/use-page-title'

interface Search {
  /** A goal to plan at once. */
  prompt?: string
}

export const Route = createFileRoute('/_app/chat')({
  validateSearch: (search): Search => ({ prompt: text(search, 'prompt')?.slice(0, 4000) }),
  component: ChatPage,
})

function ChatPage() {
  const { prompt } = Route.useSearch()
  const navigate = useNavigate()
  usePageTitle('Chat')
  return (
    <Chat
      prompt={prompt}
      onPromptSent={() => void navigate({ to: '/chat', search: {}, replace: true })}
      onStarted={(id) => void navigate({ to: '/runs/$id', params: { id } })}
    />
  )
}
