import { expect, expectAccessible, expectNoSidewaysScroll, register, test } from './support/test'

test('a person with an account takes an invitation, and is removed again', async ({ page, browser }) => {
  await register(page)
  await page.goto('/settings/members')
  const guest = await browser.newContext({ baseURL: process.env.E2E_URL })
  const theirs = await guest.newPage()
  const { email } = await register(theirs)

  await page.getByLabel('Invite by e-mail').fill(email)
  await page.getByRole('button', { name: 'Invite', exact: true }).click()
  const link = page.getByRole('status').locator('code')
  await expect(link).toContainText('/register?invite=')
  await expect(page.getByRole('button', { name: `Take the invitation of ${email} back` })).toBeVisible()
  await expectAccessible(page, 'settings, members, with an invitation')
  const invite = new URL((await link.textContent()) ?? '').searchParams.get('invite') ?? ''

  await theirs.goto('/join')
  await expect(theirs.getByText('There is no invitation in this link')).toBeVisible()
  await theirs.goto(`/join?invite=${encodeURIComponent(invite)}`)
  await expect(theirs.getByRole('main').getByText(email)).toBeVisible()
  await expectAccessible(theirs, 'joining')
  await expectNoSidewaysScroll(theirs, 'joining')
  await theirs.getByRole('button', { name: 'Join', exact: true }).click()
  await theirs.waitForURL('/')
  await theirs.goto(`/join?invite=${encodeURIComponent(invite)}`)
  await theirs.getByRole('button', { name: 'Join', exact: true }).click()
  await expect(theirs.getByRole('alert')).toContainText('invitation')

  await page.reload()
  const row = page.getByRole('listitem').filter({ hasText: email })
  await expect(row).toBeVisible()
  await expect(page.getByText('Open invitations')).toHaveCount(0)
  await row.getByRole('button', { name: /^Remove/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect(row).toHaveCount(0)
  await guest.close()
})

test('what is held on a person is theirs to take; an owner is told what comes before the end', async ({
  page,
}) => {
  const { email } = await register(page)
  await page.goto('/settings')
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export' }).click()
  expect((await download).suggestedFilename()).toBe('apiq-account.zip')
  await page.getByRole('button', { name: 'Delete account' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('button', { name: 'Delete account' })).toBeDisabled()
  await expectAccessible(page, 'deleting an account')
  await dialog.getByLabel('Your e-mail, to confirm').fill(email)
  await dialog.getByRole('button', { name: 'Delete account' }).click()
  await expect(dialog.getByRole('alert')).toBeVisible()
})
