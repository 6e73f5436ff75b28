import { expect, expectAccessible, expectNoSidewaysScroll, register, test, useTheme } from './support/test'

const END = new Date(Math.ceil(Date.now() / 86_400_000) * 86_400_000).toISOString()

/** What a busy workspace sees: far from a limit, near it, at it, and without one. */
const busy = {
  items: [
    { what: 'runs', used: 412, limit: 1000, renewsAt: END },
    { what: 'tokens', used: 200_000, limit: 200_000, renewsAt: END },
    { what: 'storage', used: 4_300_000_000, limit: 5_000_000_000 },
    { what: 'connections', used: 12, limit: null },
    { what: 'workflows', used: 25, limit: 25 },
    { what: 'triggers', used: 9, limit: 100 },
    { what: 'members', used: 4, limit: null },
    { what: 'requests', used: null, limit: 6000 },
  ],
  days: Array.from({ length: 25 }, (_, i) => ({
    day: new Date(Date.parse(END) - (i + 1) * 86_400_000).toISOString().slice(0, 10),
    runs: 100 + ((i * 137) % 320),
    tokens: i % 3 === 0 ? 0 : 20_000 * i,
  })),
  limits: { requestsPerMinute: 6000, runsPerDay: 1000 },
  runsToday: 412,
  renewsAt: END,
}

for (const theme of ['light', 'dark'] as const) {
  test(`what a workspace takes up, ${theme}`, async ({ page }) => {
    await useTheme(page, theme)
    await register(page)
    await page.goto('/settings/usage')
    await expect(page.getByText('Runs today')).toBeVisible()
    await expect(page.getByText('No runs yet')).toBeVisible()
    await expectAccessible(page, 'settings, usage of a new workspace')

    await page.route('**/api/usage', (route) => route.fulfill({ json: { success: true, data: busy } }))
    await page.reload()
    await expect(page.getByRole('img', { name: 'Storage: 4.3 GB of 5 GB used' })).toBeVisible()
    await expect(page.getByText('used up')).toHaveCount(1)
    await expect(page.getByText('full', { exact: true })).toHaveCount(1)
    await expect(page.getByText('nearly used')).toHaveCount(1)
    await page.getByRole('button', { name: 'Model tokens' }).click()
    await expect(page.getByRole('img', { name: /^Model tokens of the last 31 days/ })).toBeVisible()
    await page.getByRole('button', { name: 'Runs', exact: true }).click()
    await expectAccessible(page, 'settings, usage')
    await expectNoSidewaysScroll(page, 'settings, usage')
    if (process.env.E2E_SHOTS) {
      await page.screenshot({ path: `${process.env.E2E_SHOTS}/usage-${theme}.png`, fullPage: true })
      await page.setViewportSize({ width: 390, height: 844 })
      await page.screenshot({ path: `${process.env.E2E_SHOTS}/usage-${theme}-390.png`, fullPage: true })
    }
  })
}
