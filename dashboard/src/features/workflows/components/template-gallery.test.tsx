import { fireEvent, screen, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Me, Template } from '@/lib/api/types'
import { SessionContext } from '@/lib/session'
import { answering, renderWithQueries } from '@/testing/render'
import { TemplateGallery } from './template-gallery'

const template = (id: string, title: string, slack: Template['apis'][number]['connections']): Template => ({
  id,
  title,
  sentence: `What ${id} does.`,
  apis: [
    { slot: 'github', name: 'GitHub', connections: [{ id: 'con_1', name: 'Our code' }] },
    { slot: 'slack', name: 'Slack', connections: slack },
  ],
  ready: slack.length > 0,
  steps: 3,
  input: {},
})

const templates = [
  template('lacking', 'Lacking one', []),
  template('digest', 'Open issues', [
    { id: 'con_2', name: 'Chat' },
    { id: 'con_3', name: 'Other chat' },
  ]),
]

const refusal = { success: false, code: 'WORKFLOW_INVALID', title: 'No', detail: 'It does not fit.' }

function show({ role = 'USER', list = 200, use = 201, data = templates } = {}) {
  const server = answering(({ method }) => {
    const status = method === 'GET' ? list : use
    if (status >= 400) return { status, body: { ...refusal, status } }
    return method === 'GET'
      ? { status, body: { success: true, data, meta: { nextCursor: null } } }
      : { status, body: { success: true, data: { id: 'wfl_7' } } }
  })
  vi.stubGlobal('fetch', server.fetch)
  const onUsed = vi.fn()
  renderWithQueries(
    <SessionContext value={{ user: { role } } as Me}>
      <TemplateGallery connect={<a href="/connections/new">Connect an API</a>} onUsed={onUsed} />
    </SessionContext>,
  )
  return { ...server, onUsed }
}

afterEach(() => vi.unstubAllGlobals())

describe('TemplateGallery', () => {
  it('shows which APIs are connected, those that can be used first', async () => {
    show()
    expect(screen.getByRole('status', { name: 'Loading templates' })).toBeTruthy()
    await screen.findByRole('list', { name: 'Templates' })
    expect(screen.getAllByRole('heading', { level: 3 }).map((it) => it.textContent)).toEqual([
      'Open issues',
      'Lacking one',
    ])
    const apis = screen.getByRole('list', { name: 'APIs of Lacking one' })
    expect(apis.textContent).toBe('GitHub, connectedSlack, not connected')
    expect(screen.getByText('3 steps · Slack not connected')).toBeTruthy()
    expect(screen.getAllByRole('link', { name: 'Connect an API' })).toHaveLength(1)
  })

  it('makes a draft with the connections that were chosen', async () => {
    const { sent, onUsed } = show()
    fireEvent.click(await screen.findByRole('button', { name: 'Use Open issues' }))
    const dialog = screen.getByRole('dialog')
    fireEvent.change(within(dialog).getByLabelText('Slack'), { target: { value: 'con_3' } })
    fireEvent.click(within(dialog).getByRole('button', { name: 'Make a draft' }))
    await vi.waitFor(() => expect(onUsed).toHaveBeenCalledWith('wfl_7'))
    expect(sent.at(1)).toEqual({
      method: 'POST',
      path: '/api/templates/digest/use',
      body: { connections: { github: 'con_1', slack: 'con_3' } },
    })
    expect(screen.queryByRole('dialog')).toBeNull()
  })

  it('says why a template does not fit, and keeps the choice', async () => {
    const { onUsed } = show({ use: 422 })
    fireEvent.click(await screen.findByRole('button', { name: 'Use Open issues' }))
    fireEvent.click(screen.getByRole('button', { name: 'Make a draft' }))
    expect((await screen.findByRole('alert')).textContent).toContain('It does not fit.')
    expect(screen.getByLabelText('Slack')).toBeTruthy()
    expect(onUsed).not.toHaveBeenCalled()
  })

  it('offers no use to those who may only look', async () => {
    show({ role: 'AUDITOR' })
    await screen.findByRole('list', { name: 'Templates' })
    expect(screen.queryByRole('button')).toBeNull()
    expect(screen.queryByRole('link')).toBeNull()
  })

  it('says that the list could not be had, and that it is empty', async () => {
    show({ list: 404 })
    expect((await screen.findByRole('alert')).textContent).toContain('It does not fit.')
    show({ data: [] })
    expect(await screen.findByText('No template')).toBeTruthy()
  })
})
