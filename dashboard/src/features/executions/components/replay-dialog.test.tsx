import { fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ExecutionDetail } from '@/lib/api/types'
import { answering, renderWithQueries } from '@/testing/render'
import { ReplayDialog } from './replay-dialog'

const run = {
  id: 'exe_1',
  workflowId: 'wfl_1',
  workflowName: 'W',
  version: 1,
  input: { city: 'Bern', days: 3, extra: true },
} as unknown as ExecutionDetail

const asks = (...names: string[]) => ({
  input: {
    type: 'object',
    properties: Object.fromEntries(
      names.map((name) => [name, { type: name === 'days' ? 'integer' : 'string' }]),
    ),
  },
})

/** A server that has the run's version and a newest one. */
function show(newest: { latestVersion: number; definition: object }, own: object, of = run) {
  const server = answering(({ method, path }) => {
    if (method === 'POST') return { status: 202, body: { success: true, data: { executionId: 'exe_2' } } }
    if (path.endsWith('/versions'))
      return { status: 200, body: { success: true, data: [{ version: 1, definition: own }], meta: {} } }
    return { status: 200, body: { success: true, data: { id: 'wfl_1', ...newest } } }
  })
  vi.stubGlobal('fetch', server.fetch)
  const onStarted = vi.fn()
  renderWithQueries(<ReplayDialog run={of} onClose={vi.fn()} onStarted={onStarted} />)
  const sent = () => server.sent.find(({ method }) => method === 'POST')
  return { sent, onStarted }
}

const start = async () => fireEvent.click(await screen.findByRole('button', { name: 'Run again' }))

afterEach(() => vi.unstubAllGlobals())

describe('ReplayDialog', () => {
  it('is filled with the input of the run, and keeps what the form does not ask for', async () => {
    const document = asks('city', 'days')
    const { sent, onStarted } = show({ latestVersion: 1, definition: document }, document)
    expect(await screen.findByLabelText('city')).toHaveProperty('value', 'Bern')
    expect(screen.queryByRole('radio')).toBeNull()
    fireEvent.change(screen.getByLabelText('days'), { target: { value: '5' } })
    await start()
    await waitFor(() => expect(onStarted).toHaveBeenCalledWith('exe_2'))
    expect(sent()).toMatchObject({
      path: '/api/executions/exe_1/replay',
      body: { version: 1, input: { city: 'Bern', days: 5, extra: true } },
    })
  })

  it('offers the newest version with its own form', async () => {
    const { sent, onStarted } = show(
      { latestVersion: 4, definition: asks('city', 'who') },
      asks('city', 'days'),
    )
    fireEvent.click(await screen.findByLabelText('Version 4, the newest'))
    fireEvent.change(screen.getByLabelText('who'), { target: { value: 'Ada' } })
    await start()
    await waitFor(() => expect(onStarted).toHaveBeenCalled())
    expect(sent()?.body).toEqual({ version: 4, input: { city: 'Bern', days: 3, extra: true, who: 'Ada' } })
  })

  it('takes JSON where the document names no fields, and says where it is none', async () => {
    const { sent, onStarted } = show({ latestVersion: 1, definition: {} }, {})
    const text = await screen.findByLabelText('Input')
    fireEvent.change(text, { target: { value: '{' } })
    await start()
    expect(screen.getByText('Not valid JSON.')).toBeTruthy()
    fireEvent.change(text, { target: { value: '{"a":1}' } })
    await start()
    await waitFor(() => expect(onStarted).toHaveBeenCalled())
    expect(sent()?.body).toEqual({ version: 1, input: { a: 1 } })
  })
})
