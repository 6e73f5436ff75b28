import { fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Plan } from '@/lib/api/types'
import { answering, renderWithQueries } from '@/testing/render'
import { PlanCard } from './plan-card'

const plan: Plan = {
  conversationId: 'cnv_1',
  planId: 'pln_1',
  planner: 'builtin',
  message: '',
  confidence: 0.8,
  latencyMs: 12,
  alternatives: [],
  questions: [{ id: 'q1', text: 'Which message?', field: 'message' }],
  workflow: {
    name: 'Tidy up',
    input: { type: 'object', required: ['message'], properties: { message: { type: 'integer' } } },
    steps: [
      { id: 'look', type: 'api_call' },
      { id: 'remove', type: 'api_call' },
    ],
  },
  steps: [
    {
      id: 'look',
      type: 'api_call',
      operation: 'GET /messages',
      why: 'Finds it.',
      risk: 'read',
      checks: [{ name: 'Operation', ok: true, detail: 'Known.' }],
    },
    {
      id: 'remove',
      type: 'api_call',
      operation: 'DELETE /messages/{id}',
      why: 'Removes it.',
      risk: 'irreversible',
      checks: [{ name: 'Types', ok: null, detail: 'Not described.' }],
    },
  ],
}

function show(over: Partial<Parameters<typeof PlanCard>[0]> = {}) {
  const server = answering(({ method }) =>
    method === 'GET'
      ? { status: 200, body: { success: true, data: [], meta: { nextCursor: null } } }
      : { status: 202, body: { success: true, data: { workflowId: 'wfl_1', executionId: 'exe_1' } } },
  )
  vi.stubGlobal('fetch', server.fetch)
  const onStarted = vi.fn()
  renderWithQueries(
    <PlanCard plan={plan} superseded={false} onStarted={onStarted} onTaken={vi.fn()} {...over} />,
  )
  const changes = () => server.sent.filter(({ method }) => method !== 'GET')
  return { changes, onStarted }
}

const confirm = () => screen.getByRole('button', { name: 'Confirm and run' })

afterEach(() => vi.unstubAllGlobals())

describe('PlanCard', () => {
  it('refuses to run until each irreversible step is ticked', () => {
    show()
    expect(confirm()).toHaveProperty('disabled', true)
    fireEvent.click(screen.getByRole('checkbox'))
    expect(confirm()).toHaveProperty('disabled', false)
  })

  it('sends nothing while a question is open, or its answer does not fit', () => {
    const { changes } = show()
    fireEvent.click(screen.getByRole('checkbox'))
    fireEvent.click(confirm())
    expect(screen.getByText('This one is needed.')).toBeTruthy()
    fireEvent.change(screen.getByLabelText('Which message?'), { target: { value: 'seven' } })
    fireEvent.click(confirm())
    expect(screen.getByText('Enter a whole number.')).toBeTruthy()
    expect(changes()).toEqual([])
  })

  it('sends the typed answer and the ticked steps, then tells of the run', async () => {
    const { changes, onStarted } = show()
    fireEvent.click(screen.getByRole('checkbox'))
    fireEvent.change(screen.getByLabelText('Which message?'), { target: { value: '7' } })
    fireEvent.click(confirm())
    await waitFor(() => expect(onStarted).toHaveBeenCalledWith('exe_1'))
    expect(changes()).toEqual([
      {
        method: 'POST',
        path: '/api/chat/execute',
        body: { planId: 'pln_1', confirm: true, input: { message: 7 }, confirmIrreversible: ['remove'] },
      },
    ])
  })

  it('undoes a run that fails, where that is offered and asked for', async () => {
    const undoOffer = { operation: 'deleteBook', method: 'DELETE', path: '/books/{id}' }
    const steps = [{ ...(plan.steps[0] as Plan['steps'][number]), undoOffer }]
    const { changes, onStarted } = show({ plan: { ...plan, steps, questions: [], workflow: {} } })
    expect(screen.getByText('DELETE /books/{id}')).toBeTruthy()
    fireEvent.click(screen.getByRole('checkbox', { name: /If the run fails, undo what it did: 1 step of 1/ }))
    fireEvent.click(confirm())
    await waitFor(() => expect(onStarted).toHaveBeenCalledWith('exe_1'))
    expect(changes()[0]?.body).toEqual({ planId: 'pln_1', confirm: true, undoOnFailure: true })
  })

  it('tells what a question is about once', () => {
    const input = (description: string) => ({
      type: 'object',
      required: ['message'],
      properties: { message: { type: 'string', description } },
    })
    const workflow = (description: string) => ({ ...(plan.workflow as object), input: input(description) })
    const questions = [{ id: 'q1', text: 'Which message? The words to send.', field: 'message' }]
    show({ plan: { ...plan, questions, workflow: workflow('The words to send.') } })
    expect(screen.getAllByText(/The words to send/)).toHaveLength(1)
    show({ plan: { ...plan, questions, workflow: workflow('At most 80 characters.') } })
    expect(screen.getAllByText('At most 80 characters.')).toHaveLength(1)
  })

  it('shows unknown as unknown', () => {
    show()
    expect(screen.getByText('1 unknown')).toBeTruthy()
    expect(screen.getByText('1 passed')).toBeTruthy()
  })

  it('cannot be confirmed once a newer plan took its place', () => {
    show({ superseded: true })
    expect(screen.queryByRole('button', { name: 'Confirm and run' })).toBeNull()
  })
})
