import { expect, expectAccessible, expectNoSidewaysScroll, register, test, useTheme } from './support/test'

for (const theme of ['light', 'dark'] as const) {
  test(`a directory gets its token and SAML is looked at, ${theme}`, async ({ page }) => {
    await useTheme(page, theme)
    await register(page)
    await page.goto('/settings/sign-in')
    await expect(page.getByText('No token yet')).toBeVisible()
    await expect(page.getByText(/\/scim\/v2$/)).toBeVisible()
    await page.getByRole('button', { name: 'Make a token' }).click()
    const token = page.getByText(/^scim_/)
    await expect(token).toBeVisible()

    // What the directory does with it.
    const headers = { Authorization: `Bearer ${await token.textContent()}` }
    const ada = await page.request.post('/scim/v2/Users', {
      headers,
      data: { userName: 'ada@corp.example', displayName: 'Ada' },
    })
    expect(ada.status(), await ada.text()).toBe(201)
    const { id } = await ada.json()
    await page.request.post('/scim/v2/Groups', {
      headers,
      data: { displayName: 'Readers', members: [{ value: id }] },
    })
    await page.reload()
    await expect(page.getByText('Groups that came: Readers')).toBeVisible()
    await expect(page.getByText(/^scim_/)).toHaveCount(0)
    await page.getByLabel('Roles by group').fill('Readers = auditor')
    await page.getByRole('button', { name: 'Save roles' }).click()
    await expect(page.getByText('Saved. Members of these groups')).toBeVisible()
    await expectAccessible(page, 'settings, sign-in')
    await expectNoSidewaysScroll(page, 'settings, sign-in')
    if (process.env.E2E_SHOTS)
      await page.screenshot({ path: `${process.env.E2E_SHOTS}/directory-${theme}.png`, fullPage: true })

    await page.getByRole('button', { name: 'Set up SAML' }).click()
    await expect(page.getByText(/\/api\/auth\/saml\/wsp_[^/]+\/acs$/)).toBeVisible()
    await page.getByLabel('Metadata of the provider').fill('<nothing/>')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect(page.getByRole('alert').first()).toBeVisible()
    await expectAccessible(page, 'the form of SAML')
    if (process.env.E2E_SHOTS) await page.screenshot({ path: `${process.env.E2E_SHOTS}/saml-${theme}.png` })
    await page.keyboard.press('Escape')

    await page.getByRole('button', { name: 'Revoke', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await expect(page.getByText('No token yet')).toBeVisible()
    expect((await page.request.get('/scim/v2/Users', { headers })).status()).toBe(401)

    await page.goto('/settings/members')
    await expect(page.getByText('ada@corp.example')).toBeVisible()
    await expect(page.getByLabel('Role of Ada', { exact: true })).toHaveValue('AUDITOR')
  })
}
