import type { Page } from '@playwright/test'
import { expect, expectAccessible, expectNoSidewaysScroll, register, test, useTheme } from './support/test'

const text = { type: 'string' }
const parameter = (name: string, where: string, schema: object = text) => ({
  name,
  in: where,
  required: where !== 'query',
  schema,
})
const answer = (schema: object) => ({
  200: { description: 'ok', content: { 'application/json': { schema } } },
})
const issue = { type: 'object', required: ['title', 'html_url'], properties: { title: text, html_url: text } }

/** What the template of open issues needs of its APIs; nobody listens at them. */
const DOCUMENTS = {
  'Our code': {
    openapi: '3.1.0',
    info: { title: 'GitHub v3 REST API', version: '1' },
    servers: [{ url: 'http://127.0.0.1:65530' }],
    paths: {
      '/repos/{owner}/{repo}/issues': {
        get: {
          operationId: 'issues/list-for-repo',
          parameters: [
            parameter('owner', 'path'),
            parameter('repo', 'path'),
            parameter('state', 'query'),
            parameter('per_page', 'query', { type: 'integer' }),
          ],
          responses: answer({ type: 'array', items: issue }),
        },
      },
    },
  },
  'Our chat': {
    openapi: '3.1.0',
    info: { title: 'Slack Web API', version: '1' },
    servers: [{ url: 'http://127.0.0.1:65530' }],
    paths: {
      '/chat.postMessage': {
        post: {
          operationId: 'chat_postMessage',
          parameters: [parameter('token', 'header')],
          requestBody: {
            content: {
              'application/json': {
                schema: { type: 'object', required: ['channel'], properties: { channel: text, text } },
              },
            },
          },
          responses: answer({ type: 'object' }),
        },
      },
    },
  },
}

async function connect(page: Page): Promise<void> {
  for (const [name, document] of Object.entries(DOCUMENTS)) {
    const data = { name, specDocument: JSON.stringify(document), authType: 'NONE' }
    const answer = await page.request.post('/api/apis', { data })
    expect(answer.status(), await answer.text()).toBe(201)
  }
}

for (const theme of ['light', 'dark'] as const)
  test(`makes a draft of a template, ${theme}`, async ({ page }, info) => {
    await useTheme(page, theme)
    await register(page)
    await connect(page)
    await page.goto('/workflows')
    const templates = page.getByRole('list', { name: 'Templates' })
    await expect(templates.getByRole('heading')).toHaveCount(10)
    await expect(templates.getByRole('heading').first()).toHaveText('Open issues to a channel')
    await expect(templates.getByRole('button', { name: /^Use / })).toHaveCount(1)
    await expectAccessible(page, 'the templates')
    await page.screenshot({ path: info.outputPath('templates.png'), fullPage: true })

    await templates.getByRole('button', { name: 'Use Open issues to a channel' }).click()
    await expect(page.getByLabel('GitHub', { exact: true })).toHaveValue(/^con_/)
    await expectAccessible(page, 'the choice of connections')
    await page.screenshot({ path: info.outputPath('use.png') })
    await page.getByRole('button', { name: 'Make a draft' }).click()
    await expect(page).toHaveURL(/\/workflows\/wfl_/)
    await expect(page.getByRole('heading', { name: 'Open issues to a channel' })).toBeVisible()
    await page.getByRole('button', { name: 'Rehearse' }).click()
    await page.getByRole('button', { name: 'Rehearse' }).click()
    await expect(page.getByText(/^2 calls: 1 read, 1 write/)).toBeVisible()

    await page.goto('/workflows')
    await expect(templates.getByRole('heading')).toHaveCount(10)
    await page.setViewportSize({ width: 360, height: 800 })
    await expectNoSidewaysScroll(page, 'the templates')
  })
