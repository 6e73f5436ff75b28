import type { Page } from '@playwright/test'
import { expect, expectAccessible, expectNoSidewaysScroll, register, test, useTheme } from './support/test'

const SECRET = 'a-key-that-no-report-may-show'

const note = {
  type: 'object',
  required: ['id', 'text', 'author'],
  properties: { id: { type: 'string' }, text: { type: 'string' }, author: { type: 'string' } },
}
const json = (schema: object) => ({ content: { 'application/json': { schema } } })

/** An API at which nobody listens: a run of it would fail, a rehearsal does not. */
const DOCUMENT = JSON.stringify({
  openapi: '3.1.0',
  info: { title: 'Notes', version: '1.2.3' },
  servers: [{ url: 'http://127.0.0.1:65530' }],
  components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Notes-Key' } } },
  security: [{ key: [] }],
  paths: {
    '/notes': {
      post: {
        operationId: 'createNote',
        requestBody: {
          required: true,
          ...json({
            type: 'object',
            required: ['text'],
            properties: { text: {}, author: { type: 'string' } },
          }),
        },
        responses: { 201: { description: 'The note', ...json(note) } },
      },
    },
    '/notes/{noteId}': {
      parameters: [{ name: 'noteId', in: 'path', required: true, schema: { type: 'string' } }],
      get: { operationId: 'getNote', responses: { 200: { description: 'The note', ...json(note) } } },
      delete: { operationId: 'deleteNote', responses: { 204: { description: 'Gone' } } },
    },
  },
})

/** A workflow that copies a note and deletes the first. */
async function save(page: Page): Promise<string> {
  const send = async (path: string, data: object) => {
    const answer = await page.request.post(path, { data })
    expect(answer.status(), await answer.text()).toBe(201)
    return (await answer.json()).data.id as string
  }
  const connection = await send('/api/apis', {
    name: 'Notes',
    specDocument: DOCUMENT,
    authType: 'API_KEY',
    authConfig: { value: SECRET },
  })
  const call = { type: 'api_call', connection }
  return send('/api/workflows', {
    definition: {
      apiq: '1',
      name: 'Copy a note',
      input: { type: 'object', required: ['note'], properties: { note: { type: 'string' } } },
      steps: [
        { ...call, id: 'first', operation: 'getNote', parameters: { noteId: '{% $input.note %}' } },
        { id: 'sure', type: 'approval', message: 'Copy it?' },
        {
          ...call,
          id: 'copy',
          operation: 'createNote',
          body: { text: '{% $first.text %}', author: '{% $first.author %}' },
        },
        {
          ...call,
          id: 'remove',
          operation: 'deleteNote',
          parameters: { noteId: '{% $first.id %}' },
          onError: 'continue',
        },
      ],
    },
  })
}

for (const theme of ['light', 'dark'] as const)
  test(`rehearses a workflow and reads the report, ${theme}`, async ({ page }, info) => {
    await useTheme(page, theme)
    await register(page)
    await page.goto(`/workflows/${await save(page)}`)
    await page.getByRole('button', { name: 'Rehearse' }).click()
    await expect(page).toHaveURL(/tab=rehearsal/)
    await expect(page.getByText('See what a run would do')).toBeVisible()
    await page.getByRole('button', { name: 'Rehearse' }).click()

    const steps = page.getByRole('list', { name: 'Steps of the rehearsal' })
    await expect(steps.getByText('GET127.0.0.1:65530/notes/{noteId}')).toBeVisible()
    await expect(steps.getByText('Irreversible')).toHaveCount(1)
    await expect(page.getByText(/^3 calls: 1 read, 2 writes, 1 irreversible/)).toBeVisible()
    await expect(page.getByText('note was made up')).toBeVisible()
    await expect(page.getByText('Step sure asks a person: taken as approved.')).toBeVisible()
    const hosts = page.getByRole('list', { name: 'Hosts that data goes to' })
    await expect(hosts.getByText('With an API key, in the header X-Notes-Key')).toBeVisible()
    const scenarios = page.getByRole('list', { name: 'Scenarios' })
    await expect(scenarios.getByText('No answer')).toHaveCount(3)
    await expect(scenarios.getByText('onError of remove', { exact: false }).first()).toBeVisible()
    await expect(scenarios.getByText('Look first')).toHaveCount(1)
    expect(await page.content()).not.toContain(SECRET)
    await expectAccessible(page, 'the rehearsal')
    await page.screenshot({ path: info.outputPath('rehearsal.png'), fullPage: true })

    await page.setViewportSize({ width: 360, height: 800 })
    await expectNoSidewaysScroll(page, 'the rehearsal')
    await page.screenshot({ path: info.outputPath('rehearsal-small.png'), fullPage: true })
  })
