import { fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { answering, renderWithQueries } from '@/testing/render'
import { RetryAll } from './retry-all'

function show(data: object, anew = false) {
  const server = answering(() => ({ status: 200, body: { success: true, data } }))
  vi.stubGlobal('fetch', server.fetch)
  renderWithQueries(<RetryAll filter={{ status: 'FAILED', workflowId: 'wfl_1' }} />)
  fireEvent.click(screen.getByRole('button', { name: 'Retry all failed' }))
  if (anew) fireEvent.click(screen.getByLabelText('From the first step, as new runs'))
  fireEvent.click(screen.getByRole('button', { name: 'Retry all' }))
  return server
}

afterEach(() => vi.unstubAllGlobals())

describe('RetryAll', () => {
  it('retries what the list shows', async () => {
    const { sent } = show({ accepted: ['exe_1'], refused: [] })
    await waitFor(() => expect(sent).toHaveLength(1))
    expect(sent[0]).toEqual({
      method: 'POST',
      path: '/api/executions/retry',
      body: { status: 'FAILED', workflowId: 'wfl_1' },
    })
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  })

  it('runs them again as new runs', async () => {
    const { sent } = show({ accepted: ['exe_1'], refused: [] }, true)
    await waitFor(() => expect(sent).toHaveLength(1))
    expect(sent[0]).toMatchObject({ path: '/api/executions/replay', body: { status: 'FAILED' } })
  })

  it('tells each run that was refused', async () => {
    show({
      accepted: ['exe_1'],
      refused: [{ id: 'exe_2', code: 'CONFLICT', detail: 'It goes on already.' }],
      next: '2026-01-01T00:00:00Z',
    })
    expect(await screen.findByText('1 run retried, 1 refused')).toBeTruthy()
    expect(screen.getByText('exe_2')).toBeTruthy()
    expect(screen.getByText('It goes on already.')).toBeTruthy()
    expect(screen.getByText('There are more: retry again.')).toBeTruthy()
  })
})
