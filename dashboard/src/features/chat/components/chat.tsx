import { MessageSquareText, SquarePen } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Composer } from '@/components/composer'
import { FailureNote } from '@/components/failure'
import { LogoMark } from '@/components/logo'
import { Button } from '@/components/ui/button'
import { $api } from '@/lib/api/client'
import type { Alternative, Plan, Problem } from '@/lib/api/types'
import { useMe } from '@/lib/session'
import { type Turn, useConversation } from '../conversation'
import { ConnectionScope } from './connection-scope'
import { PlanCard } from './plan-card'

interface ChatProps {
  /** A goal that was typed elsewhere; it is sent once, then `onPromptSent` takes it out of the URL. */
  prompt?: string
  onPromptSent: () => void
  onStarted: (executionId: string) => void
}

export function Chat({ prompt, onPromptSent, onStarted }: ChatProps) {
  const { user, workspace } = useMe()
  const { conversation, add, clear } = useConversation(user.id, workspace.id)
  const [text, setText] = useState('')
  const [scope, setScope] = useState<string[]>([])
  const chat = $api.useMutation('post', '/api/chat')
  const list = useRef<HTMLOListElement>(null)
  const sent = useRef<string | null>(null)
  const [taken, setTaken] = useState<string | null>(null)
  const { turns, conversationId } = conversation

  function send(message: string) {
    add({ kind: 'goal', id: `goal-${Date.now()}`, text: message })
    chat.mutate(
      {
        body: {
          message,
          ...(conversationId ? { conversationId } : {}),
          ...(scope.length > 0 ? { connections: scope } : {}),
        },
      },
      {
        onSuccess: ({ data }) =>
          add({ kind: 'plan', id: data.planId, plan: data as Plan }, data.conversationId),
        onError: (error) => add({ kind: 'failure', id: `failure-${Date.now()}`, problem: toPlain(error) }),
      },
    )
  }

  function showTaken({ title }: Alternative, plan: Plan) {
    add({ kind: 'goal', id: `goal-${Date.now()}`, text: `Take the other reading: ${title}.` })
    add({ kind: 'plan', id: plan.planId, plan }, plan.conversationId)
    setTaken(plan.planId)
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: a prompt is sent once, whatever else changes
  useEffect(() => {
    if (!prompt || sent.current === prompt) return
    sent.current = prompt
    send(prompt)
    onPromptSent()
  }, [prompt])

  // What is new is read from its top: the last goal stays in view, its plan below it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a turn more is what calls for it
  useEffect(() => {
    ;[...(list.current?.querySelectorAll('[data-goal]') ?? [])].at(-1)?.scrollIntoView({ block: 'start' })
  }, [turns.length])

  const lastPlan = turns.findLast(({ kind }) => kind === 'plan')?.id
  return (
    <div className="mx-auto flex min-h-[calc(100dvh-3.25rem)] w-full max-w-3xl flex-col px-4 sm:px-6 lg:min-h-dvh">
      <header className="flex items-center justify-between gap-2 pt-5 pb-2 lg:pt-7">
        <h1 className="font-semibold text-xl tracking-[-0.018em]">Chat</h1>
        {turns.length > 0 && (
          <Button
            onClick={() => {
              clear()
              chat.reset()
            }}
          >
            <SquarePen aria-hidden /> New chat
          </Button>
        )}
      </header>
      <div className="flex-1 py-3">
        {turns.length === 0 && !chat.isPending && <Welcome />}
        <ol ref={list} className="grid grid-cols-1 gap-5" aria-label="Conversation" aria-live="polite">
          {turns.map((turn) => (
            <li
              key={turn.id}
              data-goal={turn.kind === 'goal' || undefined}
              className="scroll-mt-16 lg:scroll-mt-6"
            >
              <TurnView
                turn={turn}
                superseded={turn.kind === 'plan' && turn.id !== lastPlan}
                focused={turn.id === taken}
                onStarted={onStarted}
                onTaken={showTaken}
              />
            </li>
          ))}
        </ol>
        {chat.isPending && (
          <p role="status" className="mt-5 flex items-center gap-2.5 text-ink-2 text-sm">
            <LogoMark className="size-5 animate-pulse-soft" />
            Searching the operations, drafting, checking…
          </p>
        )}
      </div>
      <div className="sticky bottom-0 bg-linear-to-t from-70% from-bg to-transparent pt-4 pb-4">
        <Composer
          label="Your goal"
          placeholder={
            turns.length === 0 ? 'Describe what should happen…' : 'Change the plan, or describe another goal…'
          }
          autoFocus
          value={text}
          onChange={setText}
          pending={chat.isPending}
          onSend={() => {
            send(text.trim())
            setText('')
          }}
          aside={<ConnectionScope selected={scope} onChange={setScope} />}
        />
      </div>
    </div>
  )
}

function toPlain(error: unknown): Problem | { detail: string } {
  if (typeof error === 'object' && error !== null && 'code' in error) return error as Problem
  return { detail: 'The server cannot be reached. Your words are kept; try again.' }
}

function Welcome() {
  return (
    <div className="flex flex-col items-center px-6 py-16 text-center">
      <span className="mb-4 grid size-11 place-items-center rounded-lg border bg-sunken text-ink-3">
        <MessageSquareText className="size-5" aria-hidden />
      </span>
      <p className="font-medium">What should happen?</p>
      <p className="mt-1 max-w-sm text-ink-2 text-sm">
        Name the things, not the endpoints. You get a plan with its checks; nothing runs before you confirm
        it.
      </p>
    </div>
  )
}

interface TurnViewProps {
  turn: Turn
  superseded: boolean
  focused: boolean
  onStarted: (executionId: string) => void
  onTaken: (alternative: Alternative, plan: Plan) => void
}

function TurnView({ turn, superseded, focused, onStarted, onTaken }: TurnViewProps) {
  switch (turn.kind) {
    case 'goal':
      return (
        <p className="ml-auto w-fit max-w-[85%] whitespace-pre-wrap rounded-lg rounded-br-sm bg-accent-soft px-3.5 py-2 text-ink">
          {turn.text}
        </p>
      )
    case 'failure':
      return <FailureNote error={'code' in turn.problem ? turn.problem : new Error(turn.problem.detail)} />
    case 'plan':
      return (
        <div className="grid gap-3">
          {turn.plan.message && (
            <div className="flex gap-2.5">
              <LogoMark className="mt-0.5 size-5 shrink-0" />
              <p className="min-w-0 whitespace-pre-wrap">{turn.plan.message}</p>
            </div>
          )}
          {turn.plan.steps.length > 0 && (
            <PlanCard
              plan={turn.plan}
              superseded={superseded}
              focused={focused}
              onStarted={onStarted}
              onTaken={onTaken}
            />
          )}
        </div>
      )
  }
}
