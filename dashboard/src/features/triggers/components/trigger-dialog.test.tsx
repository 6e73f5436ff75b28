import { fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Trigger } from '@/lib/api/types'
import { inputFields } from '@/lib/document'
import { answering, renderWithQueries } from '@/testing/render'
import { TriggerDialog } from './trigger-dialog'

const fields = inputFields({ input: { properties: { day: { type: 'string' } } } })

function show(answer: { status: number; body: object }, trigger?: Partial<Trigger>) {
  const server = answering(() => answer)
  vi.stubGlobal('fetch', server.fetch)
  const onClose = vi.fn()
  renderWithQueries(
    <TriggerDialog workflow="wfl_1" fields={fields} trigger={trigger as Trigger} onClose={onClose} />,
  )
  return { ...server, onClose }
}

const made = (data: object) => ({ status: 200, body: { success: true, data } })
const press = (name: string) => fireEvent.click(screen.getByRole('button', { name }))

afterEach(() => vi.unstubAllGlobals())

describe('TriggerDialog', () => {
  it('adds a schedule', async () => {
    const { sent, onClose } = show(made({ id: 'trg_1' }))
    fireEvent.change(screen.getByLabelText('How often'), { target: { value: 'month' } })
    fireEvent.change(screen.getByLabelText('Day of the month'), { target: { value: '15' } })
    fireEvent.change(screen.getByLabelText('Time zone'), { target: { value: 'UTC' } })
    press('Add trigger')
    await waitFor(() => expect(onClose).toHaveBeenCalled())
    expect(sent[0]).toMatchObject({
      method: 'POST',
      path: '/api/workflows/wfl_1/triggers',
      body: { type: 'schedule', cron: '0 9 15 * *', timezone: 'UTC', missed: 'skip', input: null },
    })
  })

  it('shows a webhook’s address and secret before it closes', async () => {
    const { onClose } = show(made({ id: 'trg_1', path: '/hooks/trg_1', secret: 'whsec_x' }))
    fireEvent.click(screen.getByLabelText('Webhook'))
    press('Add trigger')
    await screen.findByText('whsec_x')
    screen.getByText(`${location.origin}/hooks/trg_1`)
    expect(onClose).not.toHaveBeenCalled()
    press('Done')
    expect(onClose).toHaveBeenCalled()
  })

  it('changes one over the version that it shows, and stays open with what is wrong', async () => {
    const refusal = {
      success: false,
      code: 'VALIDATION_FAILED',
      title: 'No',
      status: 400,
      detail: 'The trigger is not valid.',
      errors: [{ path: '/event', code: 'event', message: 'No such name.' }],
    }
    const { sent, onClose } = show(
      { status: 400, body: refusal },
      { id: 'trg_1', version: 4, type: 'event', event: 'a.b', filter: '{% true %}' },
    )
    expect(screen.getByLabelText('Only if')).toHaveProperty('value', '{% true %}')
    press('Save')
    expect((await screen.findAllByText(/No such name\./)).length).toBeGreaterThan(0)
    expect(sent[0]).toMatchObject({ method: 'PATCH', path: '/api/workflows/wfl_1/triggers/trg_1' })
    expect(sent[0]?.body).not.toHaveProperty('type')
    expect(onClose).not.toHaveBeenCalled()
  })
})
