import { screen } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ExecutionDetail } from '@/lib/api/types'
import { answering, renderWithQueries } from '@/testing/render'
import { CompareDialog } from './compare-dialog'

const like = {
  executionId: 'exe_1',
  workflowId: 'wfl_1',
  was: { version: 1, status: 'COMPLETED' },
  is: { version: 2, status: 'COMPLETED' },
  same: true,
  output: [],
  steps: [{ path: 'look', request: 'same', answer: 'recorded' }],
  assumed: [],
}

function show(status: number, body: object) {
  const server = answering(() => ({ status, body }))
  vi.stubGlobal('fetch', server.fetch)
  renderWithQueries(<CompareDialog run={{ id: 'exe_1' } as ExecutionDetail} onClose={vi.fn()} />)
  return server
}

afterEach(() => vi.unstubAllGlobals())

describe('CompareDialog', () => {
  it('says that nothing would change', async () => {
    const { sent } = show(200, { success: true, data: like })
    expect(await screen.findByText('Version 2 does the same as version 1 did.')).toBeTruthy()
    expect(screen.getByText('answered as then')).toBeTruthy()
    expect(sent).toEqual([{ method: 'POST', path: '/api/executions/exe_1/compare', body: {} }])
  })

  it('names each place that differs', async () => {
    show(200, {
      success: true,
      data: {
        ...like,
        same: false,
        is: { version: 2, status: 'FAILED', error: 'Http.404' },
        output: [{ at: '/id', was: 'o-1' }],
        steps: [
          {
            path: 'buy',
            request: 'changed',
            answer: 'recorded',
            changes: [{ at: '/body/n', was: 1, is: 2 }],
          },
          { path: 'more', request: 'added', answer: 'twin', masked: ['/body/token'] },
        ],
        assumed: ['Step ask asks a person: taken as approved.'],
      },
    })
    expect(await screen.findByText(/version 2 ends FAILED with Http\.404\./)).toBeTruthy()
    for (const said of [
      '"o-1"',
      'nothing',
      '/body/n',
      'changed',
      /held secrets, which are masked: \/body\/token/,
      /taken as approved/,
    ])
      expect(screen.getByText(said)).toBeTruthy()
  })

  it('says why it could not be played', async () => {
    show(422, {
      success: false,
      code: 'WORKFLOW_INVALID',
      title: 'No',
      detail: 'It does not fit.',
      status: 422,
    })
    expect(await screen.findByText(/It does not fit\./)).toBeTruthy()
  })
})
