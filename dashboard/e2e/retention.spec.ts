import { expect, expectAccessible, expectNoSidewaysScroll, register, test, useTheme } from './support/test'

for (const theme of ['light', 'dark'] as const) {
  test(`a workspace chooses how long it keeps what, ${theme}`, async ({ page }) => {
    await useTheme(page, theme)
    await register(page)
    if (theme === 'dark') await page.setViewportSize({ width: 390, height: 844 })
    await page.goto('/settings/retention')
    const runs = page.getByLabel('How long to keep: Runs')
    await expect(runs).toHaveValue('0')
    await expect(page.getByText('Audit trail', { exact: true })).toBeVisible()
    await runs.selectOption({ label: '90 days' })
    await expect(page.getByRole('status').filter({ hasText: 'cannot be brought back' })).toBeVisible()
    await page.getByLabel('How long to keep: Plans and conversations').selectOption('7')
    await expectAccessible(page, 'retention')
    await expectNoSidewaysScroll(page, 'retention')
    if (process.env.E2E_SHOTS)
      await page.screenshot({ path: `${process.env.E2E_SHOTS}/retention-${theme}.png`, fullPage: true })
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect(page.getByText('what is older goes tonight')).toBeVisible()
    await page.reload()
    await expect(runs).toHaveValue('90')
  })
}
