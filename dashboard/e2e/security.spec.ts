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

for (const theme of ['light', 'dark'] as const) {
  test(`an authenticator app is set up and asked for, ${theme}`, async ({ page }) => {
    await useTheme(page, theme)
    const person = await register(page)
    await page.goto('/settings/security')
    await expect(page.getByText('No passkey yet')).toBeVisible()
    await page.getByRole('button', { name: 'Set up' }).click()
    await expect(page.getByRole('img', { name: 'QR code for the authenticator app' })).toBeVisible()
    await expectAccessible(page, 'setting an app up')
    const secret =
      (await page
        .locator('code')
        .filter({ hasText: /^[A-Z2-7]{32}$/ })
        .textContent()) ?? ''
    await page.getByLabel('Code', { exact: true }).fill('000000')
    await page.getByRole('button', { name: 'Take it into use' }).click()
    await expect(page.getByRole('alert')).toBeVisible()
    await page.getByLabel('Code', { exact: true }).fill(appCode(secret, 0))
    await page.getByRole('button', { name: 'Take it into use' }).click()
    await expect(page.getByText('Your recovery codes')).toBeVisible()
    await expectAccessible(page, 'recovery codes')
    const recovery = (await page.getByRole('dialog').getByRole('listitem').first().textContent()) ?? ''
    expect(recovery).toMatch(/^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$/)
    await page.getByRole('button', { name: 'I have kept them' }).click()
    await expect(page.getByText('10 codes left')).toBeVisible()

    await page.getByRole('button', { name: 'Make a token' }).click()
    await page.getByLabel('Name').fill('Nightly')
    await page.getByRole('button', { name: 'Make it' }).click()
    await expect(page.getByText(/^apiq_pat_/)).toBeVisible()
    await expectAccessible(page, 'settings, security')
    await expectNoSidewaysScroll(page, 'settings, security')
    if (process.env.E2E_SHOTS)
      await page.screenshot({ path: `${process.env.E2E_SHOTS}/security-${theme}.png`, fullPage: true })
    await page.getByRole('button', { name: 'Remove Nightly' }).click()
    await expect(page.getByText('No API token')).toBeVisible()

    await page.request.post('/api/auth/logout')
    for (const [wrong, right] of [
      ['000000', appCode(secret, 1)],
      [appCode(secret, 1), recovery],
    ]) {
      await page.goto('/login')
      await page.getByLabel('E-mail').fill(person.email)
      await page.getByLabel('Password').fill(person.password)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.getByLabel('Code of your second factor').fill(wrong ?? '')
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await expect(page.getByRole('alert')).toBeVisible()
      await expectAccessible(page, 'the second step')
      await page.getByLabel('Code of your second factor').fill(right ?? '')
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await expect(page).not.toHaveURL(/login/)
      await page.request.post('/api/auth/logout')
    }
  })
}

test('a passkey is added and signs in', async ({ page, baseURL }) => {
  const local = (baseURL ?? '').replace('127.0.0.1', 'localhost') // an address is no name for a passkey
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  const person = newPerson()
  const made = await page.request.post(`${local}/api/auth/register`, {
    data: { ...person, workspace: 'Engines' },
  })
  expect(made.status(), await made.text()).toBe(201)
  await page.goto(`${local}/settings/security`)
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByLabel('Name').fill('This laptop')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('button', { name: 'I have kept them' }).click()
  await expect(page.getByText('This laptop')).toBeVisible()
  await expectAccessible(page, 'settings, security with a passkey')

  await page.request.post(`${local}/api/auth/logout`)
  await page.goto(`${local}/login`)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await expect(page).not.toHaveURL(/login/)
  await page.goto(`${local}/settings/security`)
  await page.getByRole('button', { name: 'Rename This laptop' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('The old laptop')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('The old laptop')).toBeVisible()
  await page.getByRole('button', { name: 'Remove The old laptop' }).click()
  await expect(page.getByText('No passkey yet')).toBeVisible()
})
