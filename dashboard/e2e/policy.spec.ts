import type { Page } from '@playwright/test'
import { appCode } from './support/app-code'
import {
  expect,
  expectAccessible,
  expectNoSidewaysScroll,
  newPerson,
  register,
  test,
  useTheme,
} from './support/test'

async function shot(page: Page, name: string) {
  if (process.env.E2E_SHOTS)
    await page.screenshot({ path: `${process.env.E2E_SHOTS}/${name}.png`, fullPage: true })
}

for (const theme of ['light', 'dark'] as const) {
  test(`a workspace asks for a second factor, ${theme}`, async ({ page, browser }) => {
    test.slow()
    await useTheme(page, theme)
    await register(page)
    await page.goto('/settings/rules')
    await page.getByLabel(/Ask every member for a second factor/).check()
    await page.getByRole('button', { name: 'Save the rules' }).click()
    await expect(page.getByRole('alert')).toContainText('a second factor of your own first')
    await expectAccessible(page, 'the rules, refused')

    const { data } = await (await page.request.post('/api/auth/mfa/totp')).json()
    await page.request.post('/api/auth/mfa/totp/confirm', { data: { code: appCode(data.secret, 0) } })
    const person = newPerson()
    const invited = await page.request.post('/api/users/invite', {
      data: { email: person.email, role: 'USER' },
    })
    const context = await browser.newContext({
      baseURL: process.env.E2E_URL,
      viewport: { width: 390, height: 844 },
    })
    const theirs = await context.newPage()
    await useTheme(theirs, theme)
    const joined = await theirs.request.post('/api/auth/register', {
      data: { ...person, invite: (await invited.json()).data.token },
    })
    expect(joined.status(), await joined.text()).toBe(201)
    const older = await browser.newContext({ baseURL: process.env.E2E_URL })
    await older.request.post('/api/auth/login', { data: { email: person.email, password: person.password } })

    await page.getByLabel('It begins').selectOption('7')
    await page.getByRole('button', { name: 'Save the rules' }).click()
    await expect(page.getByText('The rules hold from now on')).toBeVisible()
    await theirs.goto('/workflows')
    await expect(theirs.getByRole('status').filter({ hasText: 'asks for a second factor' })).toBeVisible()
    await expectAccessible(theirs, 'the notice')
    await shot(theirs, `factor-notice-${theme}`)

    await page.getByLabel('It begins').selectOption('0')
    await page.getByLabel('A session ends when not used for').selectOption('30')
    await page.getByRole('button', { name: 'Save the rules' }).click()
    await expect(page.getByLabel('It begins')).toHaveValue('0')
    await expectAccessible(page, 'the rules')
    await expectNoSidewaysScroll(page, 'the rules')
    await shot(page, `rules-${theme}`)

    // What is open is refused by its next request, and gives way to the one thing to do.
    await theirs.getByText('Mine', { exact: true }).click()
    await expect(theirs.getByRole('heading', { name: 'Set up a second factor' })).toBeVisible()
    await expect(theirs.getByRole('button', { name: 'Go on' })).toBeDisabled()
    await expect(theirs.getByText('No passkey yet')).toBeVisible()
    await expectAccessible(theirs, 'the gate')
    await expectNoSidewaysScroll(theirs, 'the gate')
    await shot(theirs, `factor-gate-${theme}`)
    await theirs.getByRole('button', { name: 'Set up' }).click()
    const secret =
      (await theirs
        .locator('code')
        .filter({ hasText: /^[A-Z2-7]{32}$/ })
        .textContent()) ?? ''
    await theirs.getByLabel('Code', { exact: true }).fill(appCode(secret, 0))
    await theirs.getByRole('button', { name: 'Take it into use' }).click()
    await theirs.getByRole('button', { name: 'I have kept them' }).click()
    await theirs.getByRole('button', { name: 'Go on' }).click()
    await expect(theirs.getByRole('heading', { name: 'Workflows' })).toBeVisible()

    // A session by the password alone shows the factor once.
    const before = await older.newPage()
    await useTheme(before, theme)
    await before.goto('/runs')
    await expect(before.getByRole('heading', { name: 'Show your second factor' })).toBeVisible()
    await expectAccessible(before, 'the gate, to prove')
    await before.getByRole('button', { name: 'Show it now' }).click()
    await before.getByLabel('Code', { exact: true }).fill(appCode(secret, 1))
    await before.getByRole('button', { name: 'Confirm', exact: true }).click()
    await expect(before.getByRole('heading', { name: 'Runs' })).toBeVisible()

    await page.goto('/settings/members')
    await expect(
      page.getByRole('listitem').filter({ hasText: person.email }).getByText('Second factor'),
    ).toBeVisible()
    await context.close()
    await older.close()
  })
}
