import { selfSigned } from './support/certificate'
import { expect, expectAccessible, expectNoSidewaysScroll, register, test, useTheme } from './support/test'

for (const theme of ['light', 'dark'] as const) {
  test(`a client certificate is stored, warned of and taken away, ${theme}`, async ({ page }) => {
    await useTheme(page, theme)
    await register(page)
    const made = await page.request.post('/api/apis', {
      data: {
        name: 'Bank',
        specDocument: JSON.stringify({
          openapi: '3.1.0',
          info: { title: 'Bank', version: '1' },
          servers: [{ url: 'https://bank.example.com' }],
          paths: {},
        }),
        authType: 'NONE',
      },
    })
    expect(made.status(), await made.text()).toBe(201)
    const { id } = (await made.json()).data
    await page.goto(`/connections/${id}?tab=access`)
    await page.getByText('Client certificate (mutual TLS)').click()
    const { certificate, privateKey } = selfSigned('client of the bank', 10)
    await page.getByLabel('Certificate', { exact: true }).fill(certificate)
    await page.getByLabel('Private key').fill(selfSigned('another', 10).privateKey)
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByText('This is not the private key of the certificate').first()).toBeVisible()
    await expectAccessible(page, 'a key that does not fit')
    await page.getByLabel('Private key').fill(privateKey)
    await page.getByRole('button', { name: 'Save' }).click()

    await expect(page.getByText('CN=client of the bank', { exact: true })).toBeVisible()
    await expect(page.getByText('Ends soon: replace it')).toBeVisible()
    await expectAccessible(page, 'a connection with a certificate')
    if (process.env.E2E_SHOTS)
      await page.screenshot({ path: `${process.env.E2E_SHOTS}/certificate-${theme}.png`, fullPage: true })

    await page.getByRole('tab', { name: 'Address and sign-in' }).click()
    await expect(page.getByLabel('Private key')).toHaveValue('')
    await page.setViewportSize({ width: 390, height: 844 })
    await expectNoSidewaysScroll(page, 'the form of a certificate')
    await expectAccessible(page, 'the form of a certificate')
    if (process.env.E2E_SHOTS)
      await page.screenshot({
        path: `${process.env.E2E_SHOTS}/certificate-form-${theme}.png`,
        fullPage: true,
      })
    await page.getByRole('button', { name: 'Remove the certificate' }).click()
    await expect(page.getByText('It is taken away when you save.')).toBeVisible()
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByText('Base URL')).toBeVisible()
    await expect(page.getByText('CN=client of the bank')).toHaveCount(0)
  })
}
