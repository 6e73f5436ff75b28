import { expect, expectAccessible, expectNoSidewaysScroll, register, test, useTheme } from './support/test'

for (const theme of ['light', 'dark'] as const) {
  test(`a person makes a workspace, switches, deletes it and takes that back, ${theme}`, async ({ page }) => {
    await useTheme(page, theme)
    await register(page)
    await page.goto('/settings/workspaces')
    await page.getByLabel('One more workspace').fill('Laboratory')
    await page.getByRole('button', { name: 'Make it' }).click()
    await page.getByRole('button', { name: 'Switch to Laboratory' }).click()
    await page.waitForURL('/')
    await page.goto('/settings/workspaces')
    const row = page.getByRole('listitem').filter({ hasText: 'Laboratory' })
    await expect(row.getByText('You are here')).toBeVisible()
    await expectAccessible(page, 'settings, workspaces')
    await expectNoSidewaysScroll(page, 'settings, workspaces')
    if (process.env.E2E_SHOTS)
      await page.screenshot({ path: `${process.env.E2E_SHOTS}/workspaces-${theme}.png`, fullPage: true })

    await page.goto('/settings/general')
    const end = page.getByRole('button', { name: 'Delete workspace' })
    await expect(end).toBeDisabled()
    await page.getByLabel('Its name, to confirm').fill('Laboratory')
    await end.click()
    await expect(page.getByText('This workspace is deleted on')).toBeVisible()
    await expectAccessible(page, 'a workspace that is being deleted')
    if (process.env.E2E_SHOTS)
      await page.screenshot({ path: `${process.env.E2E_SHOTS}/workspaces-end-${theme}.png`, fullPage: true })
    await page.getByRole('button', { name: 'Restore it' }).click()
    await expect(end).toBeVisible()
  })
}
