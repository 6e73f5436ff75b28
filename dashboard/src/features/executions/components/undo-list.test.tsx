import { render, screen } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { UndoList } from './undo-list'

describe('UndoList', () => {
  it('tells of each step what became of it, and why', () => {
    render(
      <UndoList
        undo={{
          since: '2026-01-01T00:00:00Z',
          steps: [
            { path: 'each[1]/buy', status: 'UNDONE' },
            { path: 'each[0]/buy', status: 'FAILED', reason: 'Http.409: shipped' },
          ],
        }}
      />,
    )
    const items = screen.getAllByRole('listitem').map(({ textContent }) => textContent)
    expect(items).toEqual(['each[1]/buy undone', 'each[0]/buy not undone: its undo failedHttp.409: shipped'])
  })

  it('says that there was nothing', () => {
    render(<UndoList undo={{ since: '2026-01-01T00:00:00Z', steps: [] }} />)
    expect(screen.getByText('No step had done anything that can be undone.')).toBeTruthy()
  })
})
