import { fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Workflow } from '@/lib/api/types'
import { answering, renderWithQueries } from '@/testing/render'
import { ConcurrencyDialog } from './concurrency-dialog'

const document = { apiq: '1', name: 'W', steps: [{ id: 'a', type: 'wait', seconds: 1 }] }

function show(concurrency?: object, status = 200) {
  const definition = concurrency ? { ...document, concurrency } : document
  const workflow = {
    id: 'wfl_1',
    name: 'W',
    description: '',
    status: 'ACTIVE',
    version: 3,
    definition,
  } as Workflow
  const refusal = {
    success: false,
    code: 'WORKFLOW_INVALID',
    title: 'No',
    detail: 'It is not valid.',
    status,
  }
  const server = answering(() => ({
    status,
    body: status < 400 ? { success: true, data: workflow } : refusal,
  }))
  vi.stubGlobal('fetch', server.fetch)
  const onClose = vi.fn()
  renderWithQueries(<ConcurrencyDialog workflow={workflow} onClose={onClose} />)
  return { ...server, onClose }
}

const set = (label: string, value: string) =>
  fireEvent.change(screen.getByLabelText(label), { target: { value } })
const save = () => fireEvent.click(screen.getByRole('button', { name: 'Save' }))

afterEach(() => vi.unstubAllGlobals())

describe('ConcurrencyDialog', () => {
  it('saves a limit, with a key only where there is one', async () => {
    const { sent, onClose } = show()
    set('A start while too many runs are under way', 'queue')
    set('Limit', '3')
    save()
    await waitFor(() => expect(onClose).toHaveBeenCalled())
    expect(sent[0]).toMatchObject({
      method: 'PUT',
      body: { definition: { ...document, concurrency: { limit: 3, policy: 'queue' } } },
    })
  })

  it('shows what is set, and takes the limit away', async () => {
    const { sent, onClose } = show({ limit: 2, policy: 'skip', key: '{% $input.a %}' })
    expect(screen.getByLabelText('For each')).toHaveProperty('value', '{% $input.a %}')
    set('A start while too many runs are under way', 'allow')
    save()
    await waitFor(() => expect(onClose).toHaveBeenCalled())
    expect(sent[0]).toHaveProperty('body.definition', document)
  })

  it('stays open with what is wrong', async () => {
    const { onClose } = show({ policy: 'cancel', key: '{% $a %}' }, 422)
    save()
    await screen.findByText('It is not valid.')
    expect(onClose).not.toHaveBeenCalled()
  })
})
