import type { Page } from '@playwright/test'
import { expect, expectAccessible, expectNoSidewaysScroll, register, test, useTheme } from './support/test'

interface Seeded {
  connection: string
  workflow: string
  run: string
}

/** Plans, confirms and waits for a run over HTTP, so that every page has something to show. */
async function seed(page: Page): Promise<Seeded> {
  await register(page)
  const read = async (path: string) => (await (await page.request.get(path)).json()).data
  await expect
    .poll(
      async () => (await read('/api/apis')).filter((it: { status: string }) => it.status === 'ACTIVE').length,
      {
        timeout: 30_000,
      },
    )
    .toBe(3)
  const planned = await page.request.post('/api/chat', { data: { message: 'Get the museum hours' } })
  expect(planned.status(), await planned.text()).toBe(200)
  const { planId } = (await planned.json()).data
  const started = await page.request.post('/api/chat/execute', { data: { planId, confirm: true } })
  expect(started.status(), await started.text()).toBe(202)
  const { workflowId, executionId } = (await started.json()).data
  await expect
    .poll(async () => (await read(`/api/executions/${executionId}`)).status, { timeout: 30_000 })
    .toBe('COMPLETED')
  const asked = await page.request.post('/api/workflows', {
    data: {
      definition: {
        apiq: '1',
        name: 'Tickets',
        steps: [{ id: 'ok', type: 'approval', message: 'Buy two tickets?', timeoutSeconds: 86_400 }],
      },
    },
  })
  expect(asked.status(), await asked.text()).toBe(201)
  const waiting = await page.request.post(`/api/workflows/${(await asked.json()).data.id}/execute`, {
    data: {},
  })
  expect(waiting.status(), await waiting.text()).toBe(202)
  await expect.poll(async () => (await read('/api/approvals')).length, { timeout: 30_000 }).toBe(1)
  const [connection] = await read('/api/apis')
  return { connection: connection.id, workflow: workflowId, run: executionId }
}

/** Every route with something to wait for: axe looks at the filled state. */
const routes: [string, (seeded: Seeded) => string, (page: Page) => Promise<void>][] = [
  ['home', () => '/', (page) => expect(page.getByText('Completed').first()).toBeVisible()],
  ['chat', () => '/chat', (page) => expect(page.getByLabel('Your goal')).toBeVisible()],
  ['connections', () => '/connections', (page) => expect(page.getByText('Active').first()).toBeVisible()],
  [
    'new connection',
    () => '/connections/new',
    (page) => expect(page.getByLabel('Document URL')).toBeVisible(),
  ],
  [
    'connection',
    (it) => `/connections/${it.connection}`,
    (page) => expect(page.getByText('Base URL')).toBeVisible(),
  ],
  [
    'operations',
    (it) => `/connections/${it.connection}?tab=operations`,
    (page) =>
      expect(page.getByRole('list', { name: 'Operations' }).getByRole('button').first()).toBeVisible(),
  ],
  [
    'validation',
    (it) => `/connections/${it.connection}?tab=validation`,
    // A sample's report is made in the background of the start.
    (page) =>
      expect(
        page.getByRole('list', { name: 'Findings' }).or(page.getByText('Nothing found', { exact: true })),
      ).toBeVisible({ timeout: 30_000 }),
  ],
  [
    'access',
    (it) => `/connections/${it.connection}?tab=access`,
    (page) => expect(page.getByRole('textbox', { name: 'Base URL' })).toBeVisible(),
  ],
  [
    'workflows',
    () => '/workflows',
    (page) => expect(page.getByRole('main').getByRole('listitem').first()).toBeVisible(),
  ],
  [
    'workflow',
    (it) => `/workflows/${it.workflow}`,
    (page) => expect(page.getByText('api_call').first()).toBeVisible(),
  ],
  [
    'versions',
    (it) => `/workflows/${it.workflow}?tab=versions`,
    (page) => expect(page.getByText('Version 1')).toBeVisible(),
  ],
  [
    'document',
    (it) => `/workflows/${it.workflow}?tab=json`,
    (page) => expect(page.getByRole('region', { name: 'workflow document' })).toBeVisible(),
  ],
  [
    'runs',
    () => '/runs',
    (page) => expect(page.getByRole('main').getByRole('link', { name: /./ }).first()).toBeVisible(),
  ],
  [
    'run',
    (it) => `/runs/${it.run}`,
    (page) =>
      expect(page.getByRole('list', { name: 'Steps of the run' }).getByRole('button').first()).toBeVisible(),
  ],
  [
    'waiting',
    () => '/waiting',
    async (page) => {
      await expect(page.getByText('Buy two tickets?')).toBeVisible()
      await expect(page.getByRole('button', { name: 'Approve' })).toBeVisible()
    },
  ],
  [
    'audit log',
    () => '/audit',
    (page) => expect(page.getByText('done', { exact: true }).nth(2)).toBeVisible(),
  ],
  [
    'spec cache',
    () => '/spec-cache',
    (page) => expect(page.getByRole('button', { name: 'Forget all' })).toBeVisible(),
  ],
  ['status', () => '/status', (page) => expect(page.getByText('All is well')).toBeVisible()],
  [
    'settings',
    () => '/settings',
    (page) => expect(page.getByRole('heading', { name: 'Keyboard' })).toBeVisible(),
  ],
  [
    'workspaces',
    () => '/settings/workspaces',
    (page) => expect(page.getByText('You are here')).toBeVisible(),
  ],
  [
    'general',
    () => '/settings/general',
    (page) => expect(page.getByRole('button', { name: 'Delete workspace' })).toBeVisible(),
  ],
  [
    'security rules',
    () => '/settings/rules',
    (page) => expect(page.getByRole('button', { name: 'Save the rules' })).toBeVisible(),
  ],
  [
    'data retention',
    () => '/settings/retention',
    (page) => expect(page.getByLabel('How long to keep: Runs')).toBeVisible(),
  ],
  ['members', () => '/settings/members', (page) => expect(page.getByLabel('Invite by e-mail')).toBeVisible()],
  [
    'sign-in',
    () => '/settings/sign-in',
    (page) => expect(page.getByRole('button', { name: 'Set up Okta' })).toBeVisible(),
  ],
  [
    'nothing',
    () => '/no-such-page',
    (page) => expect(page.getByText('There is nothing at this address')).toBeVisible(),
  ],
]

/** Pages that axe looks at in tests of their own, where they are fuller. */
const others: typeof routes = [
  ['security', () => '/settings/security', (page) => expect(page.getByText('This one')).toBeVisible()],
  [
    'keys',
    () => '/settings/keys',
    (page) => expect(page.getByRole('heading', { name: 'Data keys' })).toBeVisible(),
  ],
  [
    'mail',
    () => '/settings/mail',
    (page) => expect(page.getByText('Confirm your e-mail address for APIQ').first()).toBeVisible(),
  ],
  [
    'audit streams',
    () => '/settings/audit-streams',
    (page) => expect(page.getByRole('button', { name: 'Add a webhook' })).toBeVisible(),
  ],
]

for (const theme of ['light', 'dark'] as const) {
  test(`every route is accessible, ${theme}`, async ({ page }) => {
    test.setTimeout(240_000)
    await useTheme(page, theme)
    const seeded = await seed(page)
    for (const [name, path, filled] of routes) {
      await page.goto(path(seeded))
      await filled(page)
      await expectAccessible(page, `${name}, ${theme}`)
    }
    await page.keyboard.press('Control+k')
    await expect(page.getByRole('dialog')).toHaveCount(0) // not on the page without the shell
    await page.goto('/')
    await expect(page.getByLabel('Your goal')).toBeVisible()
    await page.keyboard.press('Control+k')
    await expect(page.getByRole('option', { name: /Runs/ })).toBeVisible()
    await expectAccessible(page, `the palette, ${theme}`)
  })

  test(`signing in is accessible, ${theme}`, async ({ page }) => {
    await useTheme(page, theme)
    for (const path of ['/login', '/register']) {
      await page.goto(path)
      await expect(page.getByLabel('E-mail')).toBeVisible()
      await expectAccessible(page, `${path}, ${theme}`)
    }
  })
}

test('every route fits a screen of 360 px', async ({ page }) => {
  test.setTimeout(240_000)
  await page.setViewportSize({ width: 360, height: 740 })
  const seeded = await seed(page)
  for (const [name, path, filled] of [...routes, ...others]) {
    await page.goto(path(seeded))
    await filled(page)
    await expectNoSidewaysScroll(page, name)
  }
  await page.goto('/settings')
  const pages = page.getByRole('navigation', { name: 'Settings' })
  await expect(pages.getByRole('link')).toHaveCount(0)
  await pages.getByRole('button', { name: 'You' }).click()
  await expectAccessible(page, 'the pages of the settings')
  await expectNoSidewaysScroll(page, 'the pages of the settings')
  await pages.getByRole('link', { name: 'General' }).click()
  await expect(page.getByRole('button', { name: 'Delete workspace' })).toBeVisible()
  await expect(pages.getByRole('link')).toHaveCount(0)
  await page.goto('/')
  await page.getByRole('button', { name: 'Open navigation' }).click()
  await page.getByRole('dialog').getByRole('link', { name: 'Status' }).click()
  await expect(page.getByText('All is well')).toBeVisible()
  await expect(page.getByRole('dialog')).toHaveCount(0)
})

test('the keyboard goes everywhere', async ({ page }) => {
  await register(page)
  await page.goto('/status')
  await expect(page.getByText('All is well')).toBeVisible()
  await page.keyboard.press('g')
  await page.keyboard.press('r')
  await expect(page).toHaveURL(/\/runs/)
  await page.keyboard.press('Control+k')
  await page.getByPlaceholder('Search, or describe a goal…').fill('audit')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/audit/)
  await expect(page.getByLabel('Search the trail')).toBeVisible()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await page.keyboard.press('/')
  await expect(page.getByLabel('Search the trail')).toBeFocused()
})
