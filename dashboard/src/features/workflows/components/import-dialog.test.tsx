import { fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { answering, renderWithQueries } from '@/testing/render'
import { ImportDialog } from './import-dialog'

function show(status = 201) {
  const problem = { path: '/document/steps', code: 'required', message: 'It is needed.' }
  const server = answering(() =>
    status >= 400
      ? {
          status,
          body: {
            success: false,
            status,
            code: 'WORKFLOW_INVALID',
            title: 'No',
            detail: 'It cannot be imported.',
            errors: [problem],
          },
        }
      : { status, body: { success: true, data: { id: 'wfl_7', name: 'W', notes: [problem] } } },
  )
  vi.stubGlobal('fetch', server.fetch)
  const onImported = vi.fn()
  renderWithQueries(<ImportDialog onClose={vi.fn()} onImported={onImported} />)
  return { ...server, onImported }
}

function importing(text: string) {
  fireEvent.change(screen.getByLabelText('Document'), { target: { value: text } })
  fireEvent.click(screen.getByRole('button', { name: 'Import' }))
}

afterEach(() => vi.unstubAllGlobals())

describe('ImportDialog', () => {
  it('sends JSON as the object that it is, and goes to the draft', async () => {
    const { onImported, sent } = show()
    importing('{"apiq":"1"}')
    await waitFor(() => expect(onImported).toHaveBeenCalledWith('wfl_7'))
    expect(sent[0]?.body).toEqual({ document: { apiq: '1' } })
  })

  it('sends YAML as text, with the workflow that is meant', async () => {
    const { onImported, sent } = show()
    fireEvent.change(screen.getByLabelText('Workflow'), { target: { value: 'w1' } })
    importing('arazzo: 1.0.1')
    await waitFor(() => expect(onImported).toHaveBeenCalled())
    expect(sent[0]?.body).toEqual({ document: 'arazzo: 1.0.1', workflowId: 'w1' })
  })

  it('says where it cannot be imported', async () => {
    const { onImported } = show(422)
    importing('{}')
    expect(await screen.findByText('/document/steps')).toBeTruthy()
    expect(onImported).not.toHaveBeenCalled()
  })
})
