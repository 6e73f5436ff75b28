import type { Page } from '@playwright/test'
import { expect, expectAccessible, expectNoSidewaysScroll, register, test, useTheme } from './support/test'

/** The link of the newest message with this subject, as the admin's page shows it. */
async function linkOf(page: Page, subject: string): Promise<string> {
  let text = ''
  await expect(async () => {
    const list = await (await page.request.get('/api/admin/mail?limit=100')).json()
    const found = list.data.find((message: { subject: string }) => message.subject === subject)
    expect(found).toBeTruthy()
    text = (await (await page.request.get(`/api/admin/mail/${found.id}`)).json()).data.text
  }).toPass({ timeout: 15_000 })
  const link = /https?:\/\/\S+(\/\S+#tkt_\w+)/.exec(text)
  return link?.[1] ?? ''
}

test('an address is confirmed by its link', async ({ page }) => {
  await register(page)
  await page.goto('/settings')
  await expect(page.getByText('not confirmed')).toBeVisible()
  const link = await linkOf(page, 'Confirm your e-mail address for APIQ')
  await page.goto(link)
  await page.getByRole('button', { name: 'Confirm' }).click()
  await expect(page.getByRole('heading', { name: 'Your address is confirmed' })).toBeVisible()
  expect(page.url()).not.toContain('tkt_')
  await page.goto('/settings')
  await expect(page.getByText('confirmed', { exact: true })).toBeVisible()
})

test('a forgotten password is replaced by a link, once', async ({ page }) => {
  const person = await register(page)
  await page.goto('/login')
  await page.getByRole('link', { name: 'Forgot it?' }).click()
  await page.getByLabel('E-mail').fill(person.email)
  await page.getByRole('button', { name: 'Send the link' }).click()
  await expect(page.getByRole('heading', { name: 'Look at your mail' })).toBeVisible()
  const link = await linkOf(page, 'Choose a new password for APIQ')
  await page.goto(link)
  await page.getByLabel('New password').fill('password123')
  await page.getByRole('button', { name: 'Change password' }).click()
  await expect(page.getByRole('alert')).toContainText('guessed first')
  await page.getByLabel('New password').fill('seven quiet mill wheels')
  await page.getByRole('button', { name: 'Change password' }).click()
  await expect(page.getByRole('heading', { name: 'Your password is changed' })).toBeVisible()
  expect((await page.request.get('/api/auth/me')).status()).toBe(401)
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByLabel('E-mail').fill(person.email)
  await page.getByLabel('Password').fill('seven quiet mill wheels')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'What should happen?' })).toBeVisible()
  await page.goto(link)
  await page.getByLabel('New password').fill('another quiet mill wheel')
  await page.getByRole('button', { name: 'Change password' }).click()
  await expect(page.getByRole('heading', { name: 'This link does not work' })).toBeVisible()
})

test('other sessions are seen and ended', async ({ page, playwright, baseURL }) => {
  const person = await register(page)
  const other = await playwright.request.newContext({ baseURL })
  await other.post('/api/auth/login', { data: { email: person.email, password: person.password } })
  expect((await other.get('/api/auth/me')).status()).toBe(200)
  await page.goto('/settings/security')
  const list = page.getByRole('list', { name: 'Sessions' })
  await expect(list.getByRole('listitem')).toHaveCount(2)
  await expect(list.getByText('This one')).toHaveCount(1)
  await list.getByRole('button', { name: /^End the session/ }).click()
  await expect(list.getByRole('listitem')).toHaveCount(1)
  expect((await other.get('/api/auth/me')).status()).toBe(401)
  await other.dispose()
})

for (const theme of ['light', 'dark'] as const) {
  test(`the pages of an account are accessible, ${theme}`, async ({ page }) => {
    await useTheme(page, theme)
    await register(page)
    await linkOf(page, 'Confirm your e-mail address for APIQ')
    for (const [path, shown] of [
      ['/settings', 'not confirmed'],
      ['/settings/security', 'This one'],
      ['/settings/mail', 'Confirm your e-mail address for APIQ'],
      ['/forgot-password', 'Forgot your password?'],
      ['/reset-password#tkt_x', 'Choose a new password'],
      ['/reset-password', 'This link does not work'],
      ['/confirm-email#tkt_x', 'You came here by a link'],
    ] as const) {
      await page.goto(path)
      await expect(page.getByText(shown).first()).toBeVisible()
      await expectAccessible(page, path)
      await expectNoSidewaysScroll(page, path)
      if (process.env.SHOTS)
        await page.screenshot({ path: `${process.env.SHOTS}/${theme}${path.replace(/\W/g, '_')}.png` })
    }
  })
}
