import type { Browser, Page } from '@playwright/test'
import {
  expect,
  expectAccessible,
  expectNoSidewaysScroll,
  newPerson,
  register,
  test,
  useTheme,
} from './support/test'

/** A member of the workspace of page's person, with a browser of their own. */
async function colleague(page: Page, browser: Browser, name: string) {
  const person = { ...newPerson(), name }
  const invited = await page.request.post('/api/users/invite', {
    data: { email: person.email, role: 'USER' },
  })
  const context = await browser.newContext({ baseURL: process.env.E2E_URL })
  const own = await context.newPage()
  const joined = await own.request.post('/api/auth/register', {
    data: { ...person, invite: (await invited.json()).data.token },
  })
  expect(joined.status(), await joined.text()).toBe(201)
  return { page: own, id: (await joined.json()).data.user.id as string, close: () => context.close() }
}

const data = async (page: Page, path: string) => (await (await page.request.get(path)).json()).data

/** A private connection of the person's, to a sample API, and a workflow that calls it. */
async function privateThings(page: Page) {
  const sample = (await data(page, '/api/apis?limit=100')).find((it: { sample?: boolean }) => it.sample)
  const { specUrl, baseUrl } = await data(page, `/api/apis/${sample.id}`)
  const made = await page.request.post('/api/apis', {
    data: {
      name: 'Payroll',
      specUrl,
      baseUrl,
      authType: 'BASIC',
      authConfig: { username: 'bob', password: 'canary-91c2' },
      access: { everyone: 'none' },
    },
  })
  expect(made.status(), await made.text()).toBe(201)
  const connection = (await made.json()).data.id as string
  const reads = (await data(page, `/api/apis/${connection}/endpoints?limit=100`)).filter(
    (it: { method: string; path: string }) => it.method === 'GET' && !it.path.includes('{'),
  )
  const saved = await page.request.post('/api/workflows', {
    data: {
      definition: {
        apiq: '1',
        name: 'Pay day',
        steps: [{ id: 'read', type: 'api_call', connection, operation: reads[0].id }],
      },
    },
  })
  expect(saved.status(), await saved.text()).toBe(201)
  return { connection, workflow: (await saved.json()).data.id as string }
}

async function shot(page: Page, name: string) {
  if (process.env.E2E_SHOTS) await page.screenshot({ path: `${process.env.E2E_SHOTS}/${name}.png` })
}

async function shareWith(page: Page, name: string) {
  await page.getByRole('button', { name: 'Share', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByLabel('Everyone in the workspace')).toHaveValue('none')
  const choice = dialog.getByLabel('Share with')
  await choice.selectOption({ index: await indexOf(choice.locator('option'), name) })
  await expect(dialog.getByLabel(`What ${name} may do`)).toHaveValue('use')
  return dialog
}

async function indexOf(options: ReturnType<Page['locator']>, name: string): Promise<number> {
  const texts = await options.allTextContents()
  return texts.findIndex((text) => text.startsWith(name))
}

for (const theme of ['light', 'dark'] as const) {
  test(`a private connection is shared for use in a dialog, ${theme}`, async ({ page, browser }) => {
    await register(page)
    const bob = await colleague(page, browser, 'Bob Noyce')
    const cleo = await colleague(page, browser, 'Cleo Kraus')
    await useTheme(bob.page, theme)
    const { connection } = await privateThings(bob.page)
    expect((await cleo.page.request.get(`/api/apis/${connection}`)).status()).toBe(404)

    await bob.page.goto('/connections?owner=me')
    await expect(
      bob.page.getByRole('listitem').filter({ hasText: 'Payroll' }).getByText('Private'),
    ).toBeVisible()
    await bob.page.getByRole('link', { name: 'Payroll' }).click()
    const dialog = await shareWith(bob.page, 'Cleo Kraus')
    await expectAccessible(bob.page, 'the share dialog')
    await shot(bob.page, `share-${theme}`)
    await bob.page.setViewportSize({ width: 390, height: 844 })
    await expectNoSidewaysScroll(bob.page, 'the share dialog')
    await shot(bob.page, `share-small-${theme}`)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(bob.page.getByText('Shared with some')).toBeVisible()
    expect((await data(cleo.page, `/api/apis/${connection}`)).may).toBe('use')
    await bob.close()
    await cleo.close()
  })
}

test('what is shared for use is marked, runs, and does not show its settings', async ({ page, browser }) => {
  await register(page)
  const bob = await colleague(page, browser, 'Bob Noyce')
  const cleo = await colleague(page, browser, 'Cleo Kraus')
  const { connection, workflow } = await privateThings(bob.page)
  await cleo.page.goto('/connections')
  await expect(cleo.page.getByRole('main').getByRole('listitem').first()).toBeVisible()
  await expect(cleo.page.getByRole('link', { name: 'Payroll' })).toHaveCount(0)
  for (const path of [`/api/apis/${connection}/access`, `/api/workflows/${workflow}/access`]) {
    const shared = await bob.page.request.put(path, { data: { people: [{ userId: cleo.id, may: 'use' }] } })
    expect(shared.status(), await shared.text()).toBe(200)
  }

  await cleo.page.goto('/connections?owner=others')
  const row = cleo.page.getByRole('listitem').filter({ hasText: 'Payroll' })
  await expect(row.getByText('Shared with you')).toBeVisible()
  await expectAccessible(cleo.page, 'connections that are shared')
  await shot(cleo.page, 'shared-list')
  await row.getByRole('link', { name: 'Payroll' }).click()
  await expect(cleo.page.getByText('Shared with you for use.')).toBeVisible()
  await expect(cleo.page.getByRole('button', { name: 'Refresh document' })).toHaveCount(0)
  await expect(cleo.page.getByRole('button', { name: 'Share', exact: true })).toHaveCount(0)
  await shot(cleo.page, 'shared-connection')
  const refused = await cleo.page.request.put(`/api/apis/${connection}`, { data: { name: 'Mine now' } })
  expect(refused.status()).toBe(403)

  await cleo.page.goto(`/workflows/${workflow}`)
  await cleo.page.getByRole('button', { name: 'Run', exact: true }).click()
  await cleo.page
    .getByRole('dialog')
    .getByRole('button', { name: /^Run version/ })
    .click()
  await expect(cleo.page).toHaveURL(/\/runs\//)
  await expect(cleo.page.getByText('Completed').first()).toBeVisible()
  await bob.close()
  await cleo.close()
})
