import { fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Report } from '@/lib/api/types'
import { answering, renderWithQueries } from '@/testing/render'
import { ReportFindings } from './report-findings'

const done: Report = { state: 'done', errors: 1, warnings: 1, at: '2026-03-01T12:00:00Z' }

const pages: Record<string, unknown> = {
  '': {
    success: true,
    data: [{ path: '/paths/~1a', code: 'missing_ref', message: 'Lost is not there.' }],
    meta: { nextCursor: 'next' },
  },
  next: {
    success: true,
    data: [{ path: '', code: 'libopenapi', message: 'openapi is wrong.' }],
    meta: { nextCursor: null },
  },
}

function show(report: Report, fails = false) {
  const server = answering((_, query) =>
    fails
      ? {
          status: 404,
          body: { success: false, code: 'NOT_FOUND', status: 404, title: 'Not found', detail: 'It is gone.' },
        }
      : { status: 200, body: pages[query.get('cursor') ?? ''] },
  )
  vi.stubGlobal('fetch', server.fetch)
  renderWithQueries(<ReportFindings connection="con_1" report={report} />)
  return server
}

afterEach(() => vi.unstubAllGlobals())

describe('ReportFindings', () => {
  it.each([
    [{ state: 'pending', errors: 0, warnings: 0 }, 'The report is being made'],
    [
      { state: 'unavailable', errors: 0, warnings: 0, reason: 'It is nested too deep.' },
      'It is nested too deep.',
    ],
    [{ state: 'done', errors: 0, warnings: 0 }, 'Nothing found'],
  ])('asks for nothing where there is nothing to list: %j', (report, text) => {
    const { sent } = show(report)
    expect(screen.getByText(text)).toBeTruthy()
    expect(sent).toEqual([])
  })

  it('lists the findings page by page', async () => {
    show(done)
    expect(screen.getByRole('status', { name: 'Loading the findings' })).toBeTruthy()
    await screen.findByText('Lost is not there.')
    expect(screen.queryByText('openapi is wrong.')).toBeNull()
    fireEvent.click(screen.getByRole('button', { name: 'Load more' }))
    await screen.findByText('openapi is wrong.')
    expect(screen.getByText('Error')).toBeTruthy()
    expect(screen.getByText('Warning')).toBeTruthy()
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Load more' })).toBeNull())
  })

  it('says what went wrong, and asks again', async () => {
    const { sent } = show(done, true)
    await screen.findByText('It is gone.')
    fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
    await waitFor(() => expect(sent.length).toBe(2))
  })
})
