import { fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { answering, renderWithQueries } from '@/testing/render'
import { Inbox } from './inbox'

vi.mock('@tanstack/react-router', () => ({
  Link: ({ children }: { children: React.ReactNode }) => <span>{children}</span>,
}))

const approval = {
  executionId: 'exe_1',
  workflowId: 'wfl_1',
  workflowName: 'Refunds',
  stepId: 'ok',
  path: 'each[0]/ok',
  kind: 'approval',
  message: 'Pay 12 back?',
  since: new Date().toISOString(),
  expiresAt: '2100-01-01T00:00:00Z',
}
const unknown = {
  ...approval,
  executionId: 'exe_2',
  path: 'charge',
  kind: 'unknown',
  message: 'Nothing came back.',
}

function show(questions: object[], status = 200) {
  let left = questions
  const server = answering(({ method, path }) => {
    if (method === 'POST') {
      left = left.filter((it) => !path.includes((it as typeof approval).executionId))
      return { status: 200, body: { success: true, data: {} } }
    }
    return status < 400
      ? { status, body: { success: true, data: left, meta: { nextCursor: null } } }
      : { status, body: { success: false, code: 'FORBIDDEN', title: 'No', detail: 'Not yours.', status } }
  })
  vi.stubGlobal('fetch', server.fetch)
  renderWithQueries(<Inbox />)
  return server
}

afterEach(() => vi.unstubAllGlobals())

describe('Inbox', () => {
  it('approves, and what is decided goes', async () => {
    const { sent } = show([approval])
    await screen.findByText('Pay 12 back?')
    expect(screen.getByText(/^Expires /)).toBeTruthy()
    fireEvent.click(screen.getByRole('button', { name: 'Approve' }))
    await screen.findByText('Nothing waits for you')
    expect(sent.find(({ method }) => method === 'POST')).toMatchObject({
      path: '/api/executions/exe_1/steps/each%5B0%5D%2Fok/resolve',
      body: { decision: 'approve' },
    })
  })

  it('asks about a lost answer, and for whom a delegate decides', async () => {
    const { sent } = show([{ ...unknown, onBehalfOf: ['ada@example.com', 'ADMIN'] }])
    await screen.findByText('Nothing came back.')
    expect(screen.getByText('You decide for ada@example.com, ADMIN.')).toBeTruthy()
    fireEvent.click(screen.getByRole('button', { name: 'It did not: send it again' }))
    await waitFor(() => expect(sent.some(({ method }) => method === 'POST')).toBe(true))
    expect(sent.find(({ method }) => method === 'POST')).toHaveProperty('body.decision', 'retry')
  })

  it('says that nothing waits, and what went wrong', async () => {
    show([])
    await screen.findByText('Nothing waits for you')
    show([], 403)
    await screen.findByText('Not yours.')
  })
})
