import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Alternative } from '@/lib/api/types'
import { answering, renderWithQueries } from '@/testing/render'
import { OtherReadings } from './other-readings'

const list = {
  connection: 'con_1',
  connectionName: 'Town Library',
  operation: 'listBooks',
  method: 'GET',
  path: '/books',
  summary: 'List books',
}
const get = { ...list, operation: 'getBook', path: '/books/{bookId}', summary: 'Get a book' }

const alternatives: Alternative[] = [
  {
    id: 'pln_1.1',
    title: '“List books”, then “Get a book”',
    likelihood: 0.18,
    operations: [list, get],
    added: [list, list],
    leftOut: [],
  },
  {
    id: 'pln_1.2',
    title: '“List books”',
    likelihood: 0.1,
    operations: [list],
    added: [],
    leftOut: [{ summary: 'Wait for a person.' }],
    reordered: true,
  },
]

function show(status = 200, body: unknown = { success: true, data: { planId: 'pln_2' } }) {
  const server = answering(() => ({ status, body }))
  vi.stubGlobal('fetch', server.fetch)
  const onTaken = vi.fn()
  renderWithQueries(<OtherReadings alternatives={alternatives} onTaken={onTaken} />)
  return { server, onTaken }
}

const use = (title: string) => screen.getByRole('button', { name: `Use this: ${title}` })

afterEach(() => vi.unstubAllGlobals())

describe('OtherReadings', () => {
  it('tells of each what it adds, leaves out and does in another order', () => {
    show()
    const [first, second] = screen.getAllByRole('list', { name: 'What is different' })
    expect(within(first as HTMLElement).getAllByText('Adds')).toHaveLength(2)
    expect(within(first as HTMLElement).getAllByText('/books')).toHaveLength(2)
    expect(within(first as HTMLElement).queryByText('Leaves out')).toBeNull()
    expect(within(second as HTMLElement).getByText('Leaves out')).toBeTruthy()
    expect(within(second as HTMLElement).getByText(/another order/)).toBeTruthy()
    expect(screen.getByText('18 % likely to be what you mean')).toBeTruthy()
  })

  it('takes one by its id, and hands its plan on', async () => {
    const { server, onTaken } = show()
    fireEvent.click(use('“List books”'))
    await waitFor(() => expect(onTaken).toHaveBeenCalledWith(alternatives[1], { planId: 'pln_2' }))
    expect(server.sent).toEqual([{ method: 'POST', path: '/api/chat', body: { alternative: 'pln_1.2' } }])
  })

  it('is busy while one is checked, and takes no other', async () => {
    vi.stubGlobal('fetch', () => new Promise(() => {}))
    const onTaken = vi.fn()
    renderWithQueries(<OtherReadings alternatives={alternatives} onTaken={onTaken} />)
    fireEvent.click(use('“List books”'))
    await waitFor(() => expect(use('“List books”').getAttribute('aria-busy')).toBe('true'))
    expect(use('“List books”, then “Get a book”')).toHaveProperty('disabled', true)
    expect(screen.getByRole('status').textContent).toBe('Checking this reading…')
  })

  it('says at the reading why it is refused, and can be asked again', async () => {
    const { onTaken } = show(409, {
      success: false,
      code: 'CONFLICT',
      title: 'Conflict',
      status: 409,
      detail: 'The document of “Town Library” has changed since this alternative was made.',
    })
    fireEvent.click(use('“List books”'))
    const alert = await screen.findByRole('alert')
    expect(alert.textContent).toContain('has changed since')
    expect(alert.closest('li')?.textContent).toContain('“List books”')
    expect(use('“List books”')).toHaveProperty('disabled', false)
    expect(onTaken).not.toHaveBeenCalled()
  })
})
