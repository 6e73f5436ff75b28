import { fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Connection } from '@/lib/api/types'
import { answering, renderWithQueries } from '@/testing/render'
import { CallSettingsDialog } from './call-settings'

function show(settings?: Connection['settings'], status = 200) {
  const connection = { id: 'con_1', version: 3, settings } as Connection
  const refusal = {
    success: false,
    code: 'VALIDATION_FAILED',
    title: 'No',
    detail: 'That is no expression.',
    status,
  }
  const server = answering(() => ({
    status,
    body: status < 400 ? { success: true, data: connection } : refusal,
  }))
  vi.stubGlobal('fetch', server.fetch)
  const onClose = vi.fn()
  renderWithQueries(<CallSettingsDialog connection={connection} onClose={onClose} />)
  return { ...server, onClose }
}

const field = (label: string) => screen.getByLabelText(label)
const set = (label: string, value: string) => fireEvent.change(field(label), { target: { value } })
const save = () => fireEvent.click(screen.getByRole('button', { name: 'Save' }))

afterEach(() => vi.unstubAllGlobals())

describe('CallSettingsDialog', () => {
  it('saves what is filled, and nothing else', async () => {
    const { sent, onClose } = show()
    set('Requests a second', '0.5')
    set('Header for idempotency keys', ' Idempotency-Key ')
    save()
    await waitFor(() => expect(onClose).toHaveBeenCalled())
    expect(sent[0]).toMatchObject({ method: 'PUT' })
    expect(sent[0]).toHaveProperty('body', {
      settings: { requestsPerSecond: 0.5, idempotencyKey: { header: 'Idempotency-Key' } },
    })
  })

  it('shows what is set, and takes it away', async () => {
    const { sent, onClose } = show({ maxInFlight: 4, expiredWhen: '{% true %}' })
    expect(field('Requests at once')).toHaveProperty('value', '4')
    expect(field('The credential has expired when')).toHaveProperty('value', '{% true %}')
    set('Requests at once', '')
    save()
    await waitFor(() => expect(onClose).toHaveBeenCalled())
    expect(sent[0]).toHaveProperty('body', { settings: { expiredWhen: '{% true %}' } })
  })

  it('stays open with what is wrong', async () => {
    const { onClose } = show({ expiredWhen: 'x' }, 400)
    save()
    await screen.findByText('That is no expression.')
    expect(onClose).not.toHaveBeenCalled()
  })
})
