import { fireEvent, screen, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Me, Rehearsal, Workflow } from '@/lib/api/types'
import { SessionContext } from '@/lib/session'
import { answering, renderWithQueries } from '@/testing/render'
import { RehearsalPanel } from './rehearsal-panel'

const report: Rehearsal = {
  workflowId: 'wfl_1',
  version: 3,
  name: 'Big order',
  samples: { orderId: 'A-1' },
  assumed: ['Step ask asks a person: taken as approved.'],
  run: { status: 'COMPLETED', calls: 2 },
  steps: [
    {
      id: 'ticket',
      connection: 'con_1',
      connectionName: 'Desk',
      operation: 'createTicket',
      host: 'desk.example',
      method: 'POST',
      path: '/tickets',
      fields: [
        {
          in: 'body',
          name: 'title',
          from: [{ kind: 'step', ref: 'order.customer', host: 'shop.example' }],
          sent: true,
        },
        { in: 'body', name: 'who', from: [{ kind: 'literal' }], sent: false },
      ],
      effect: 'write',
      effectWhy: 'POST changes data.',
      repeatRule: 'Not safe to repeat.',
      change: { verb: 'creates', what: 'tickets' },
      calls: 1,
    },
  ],
  egress: [
    {
      host: 'desk.example',
      connections: ['con_1'],
      credential: 'an API key, in the header X-Key',
      steps: ['ticket'],
      data: [{ kind: 'step', ref: 'order.customer', host: 'shop.example', fields: ['ticket: body title'] }],
    },
  ],
  totals: {
    calls: 2,
    byConnection: [{ connection: 'con_1', name: 'Desk', calls: 2 }],
    reads: 1,
    writes: 1,
    irreversible: 0,
    duration: { minMs: 200, maxMs: 4000, basis: 'By calls.' },
    cost: { transitions: 6, engine: 'standard', awsUsd: 0.00015263, oneMachineUsd: 0, basis: 'By lists.' },
  },
  scenarios: [
    {
      step: 'ticket',
      fault: 'timeout',
      what: 'Its answer never comes.',
      status: 'WAITING',
      at: 'ticket',
      error: 'Outcome.Unknown',
      cause: 'Not known.',
      calls: 2,
      acted: ['A person is asked.'],
      done: [{ step: 'ticket', verb: 'creates', what: 'tickets', times: 1, unnoticed: true }],
      lost: [],
      altered: ['copy: body text'],
      repeat: 'unknown',
      repeatWhy: 'Look at the API.',
    },
  ],
  problems: [{ step: 'ticket', message: 'Nothing was sent as body who.' }],
}

function show({
  role = 'USER',
  status = 200,
  input = {},
}: {
  role?: string
  status?: number
  input?: object
} = {}) {
  const server = answering(() =>
    status === 200
      ? { status, body: { success: true, data: report } }
      : {
          status,
          body: { success: false, status, code: 'WORKFLOW_INVALID', title: 'No', detail: 'It does not fit.' },
        },
  )
  vi.stubGlobal('fetch', server.fetch)
  const me = { user: { role } } as Me
  const workflow = { id: 'wfl_1', latestVersion: 3, definition: { input, steps: [] } } as unknown as Workflow
  renderWithQueries(
    <SessionContext value={me}>
      <RehearsalPanel workflow={workflow} />
    </SessionContext>,
  )
  return server
}

const rehearse = () => fireEvent.click(screen.getByRole('button', { name: 'Rehearse' }))

afterEach(() => vi.unstubAllGlobals())

describe('RehearsalPanel', () => {
  it('asks for nothing by itself, and shows what came of it', async () => {
    const { sent } = show()
    expect(screen.getByText('See what a run would do')).toBeTruthy()
    expect(sent).toEqual([])
    rehearse()
    expect(await screen.findByRole('status', { name: 'Rehearsing' })).toBeTruthy()
    const steps = await screen.findByRole('list', { name: 'Steps of the rehearsal' })
    expect(sent).toEqual([{ method: 'POST', path: '/api/workflows/wfl_1/rehearse', body: { version: 3 } }])
    expect(within(steps).getByText('order.customer')).toBeTruthy()
    expect(within(steps).getByText('· nothing was sent')).toBeTruthy()
    expect(
      screen.getByText(
        /2 calls: 1 read, 1 write · 200 ms to 4.0 s · nothing on one machine, \$0.00015 on AWS/,
      ),
    ).toBeTruthy()
    expect(screen.getByText('With an API key, in the header X-Key')).toBeTruthy()
    const scenarios = screen.getByRole('list', { name: 'Scenarios' })
    expect(within(scenarios).getByText('No answer')).toBeTruthy()
    expect(within(scenarios).getByText('copy: body text')).toBeTruthy()
    expect(within(scenarios).getByText('Look first')).toBeTruthy()
    expect(within(scenarios).getByText(/ticket creates tickets \(the run does not know\)/)).toBeTruthy()
    expect(screen.getByRole('list', { name: 'Problems' }).textContent).toContain(
      'Nothing was sent as body who.',
    )
    expect(screen.getByRole('button', { name: 'Rehearse again' })).toBeTruthy()
  })

  it('needs no input, but sends what is given only when it fits', async () => {
    const { sent } = show({
      input: { type: 'object', required: ['count'], properties: { count: { type: 'integer' } } },
    })
    fireEvent.change(screen.getByLabelText('count'), { target: { value: 'two' } })
    rehearse()
    expect(screen.getByText('Enter a whole number.')).toBeTruthy()
    expect(sent).toEqual([])
    fireEvent.change(screen.getByLabelText('count'), { target: { value: '' } })
    rehearse()
    await screen.findByRole('list', { name: 'Scenarios' })
    expect(sent[0]?.body).toEqual({ version: 3, input: {} })
  })

  it('says what went wrong, and tries again', async () => {
    const { sent } = show({ status: 422 })
    rehearse()
    await screen.findByText('It does not fit.')
    fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
    await vi.waitFor(() => expect(sent.length).toBe(2))
  })

  it('offers nothing to those who may not', () => {
    show({ role: 'AUDITOR' })
    expect(screen.queryByRole('button')).toBeNull()
  })
})
