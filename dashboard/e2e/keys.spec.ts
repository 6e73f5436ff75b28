import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, expectAccessible, expectNoSidewaysScroll, register, test, useTheme } from './support/test'

/** A service that takes objects and gives them back. */
async function startBucket() {
  const kept = new Map<string, Buffer>()
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    if (request.method === 'PUT') kept.set(request.url?.split('?')[0] ?? '', Buffer.concat(parts))
    response.end(request.method === 'GET' ? kept.get(request.url?.split('?')[0] ?? '') : undefined)
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() }
}

for (const theme of ['light', 'dark'] as const) {
  test(`a key is rotated, ${theme}`, async ({ page }) => {
    await useTheme(page, theme)
    await register(page)
    const made = await page.request.post('/api/apis', {
      data: {
        name: 'Shop',
        specDocument: JSON.stringify({
          openapi: '3.1.0',
          info: { title: 'Shop', version: '1' },
          servers: [{ url: 'https://shop.example.com' }],
          paths: {},
        }),
        authType: 'BEARER',
        authConfig: { token: 'tok-0123456789' },
      },
    })
    expect(made.status(), await made.text()).toBe(201)
    await page.goto('/settings/keys')
    await expect(page.getByText('in use', { exact: true })).toBeVisible()
    await page.getByRole('button', { name: 'Rotate the key' }).click()
    await page.getByRole('button', { name: 'Rotate', exact: true }).click()
    await expect(page.getByText('Everything lies under the key in use')).toBeVisible({ timeout: 30_000 })
    await expect(page.getByText('old', { exact: true })).toBeVisible()

    await expectAccessible(page, 'settings, keys')
    await expectNoSidewaysScroll(page, 'settings, keys')
    if (process.env.E2E_SHOTS)
      await page.screenshot({ path: `${process.env.E2E_SHOTS}/keys-${theme}.png`, fullPage: true })

    // On AWS a workspace may bring a key; one machine has none to offer, and says so by leaving it out.
    await expect(page.getByRole('button', { name: 'Bring a key' })).toBeHidden()
    await page.route('**/api/admin/keys', async (route) => {
      const response = await route.fetch()
      const body = await response.json()
      body.data.principal = 'arn:aws:iam::123456789012:root'
      await route.fulfill({ response, json: body })
    })
    await page.reload()
    await page.getByRole('button', { name: 'Bring a key' }).click()
    await expect(page.getByText('kms:EncryptionContext:tenant')).toBeVisible()
    await expectAccessible(page, 'a key of a workspace’s own')
    if (process.env.E2E_SHOTS)
      await page.screenshot({ path: `${process.env.E2E_SHOTS}/own-key-${theme}.png`, fullPage: true })
    await page.keyboard.press('Escape')
    await page.unroute('**/api/admin/keys')

    await page.goto('/audit?action=keys.')
    await expect(page.getByText('Made a new data key')).toBeVisible()
    await page.getByRole('button', { name: 'Verify chain' }).click()
    await expect(page.getByText(/records, unbroken/)).toBeVisible()
    await expectAccessible(page, 'audit')
    if (process.env.E2E_SHOTS) await page.screenshot({ path: `${process.env.E2E_SHOTS}/audit-${theme}.png` })
  })

  test(`records are sent on, ${theme}`, async ({ page }) => {
    await useTheme(page, theme)
    await register(page)
    await page.goto('/settings/audit-streams')
    await page.getByRole('button', { name: 'Add a webhook' }).click()
    await page.getByLabel('Address').fill('ftp://example.com')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await expect(page.getByRole('alert').first()).toBeVisible()
    await page.getByLabel('Address').fill('https://127.0.0.1:9443/nobody')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await expect(page.getByText(/^whsec_/)).toBeVisible()
    await expectAccessible(page, 'the secret of a webhook')
    await page.keyboard.press('Escape')
    await expect(page.getByText('127.0.0.1:9443')).toBeVisible()
    await expectAccessible(page, 'settings, audit streams')
    await expectNoSidewaysScroll(page, 'settings, audit streams')
    if (process.env.E2E_SHOTS)
      await page.screenshot({ path: `${process.env.E2E_SHOTS}/audit-streams-${theme}.png`, fullPage: true })
    await page.getByRole('button', { name: 'Remove 127.0.0.1:9443' }).click()
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await expect(page.getByText('Records stay here')).toBeVisible()

    const bucket = await startBucket()
    await page.getByRole('button', { name: 'Add a bucket' }).click()
    await page.getByLabel('Bucket', { exact: true }).fill('acme-audit')
    await page.getByLabel('Region').fill('eu-central-1')
    await page.getByLabel('Folder').fill('apiq')
    await page.getByLabel('Access key id').fill('AKIAIOSFODNN7EXAMPLE')
    await page.getByLabel('Secret access key').fill('a-secret-of-a-test')
    await page.getByLabel('Endpoint').fill(`${bucket.url}/inside`)
    await page.getByLabel('Lock each object for').fill('30')
    await expect(page.getByText('s3:PutObjectRetention')).toBeVisible()
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await expect(page.getByLabel('Endpoint')).toHaveAttribute('aria-invalid', 'true')
    await expectAccessible(page, 'a bucket that is refused')
    if (process.env.E2E_SHOTS) {
      await page.screenshot({ path: `${process.env.E2E_SHOTS}/add-bucket-${theme}.png` })
      const size = page.viewportSize()
      await page.setViewportSize({ width: 390, height: 844 })
      await page.screenshot({ path: `${process.env.E2E_SHOTS}/add-bucket-small-${theme}.png` })
      if (size) await page.setViewportSize(size)
    }
    await page.getByLabel('Endpoint').fill(bucket.url)
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await expect(page.getByText('s3://acme-audit/apiq/')).toBeVisible()
    await expect(page.getByText('locked for 30 days, governance')).toBeVisible()
    await expectAccessible(page, 'settings, a bucket')
    await expectNoSidewaysScroll(page, 'settings, a bucket')
    if (process.env.E2E_SHOTS)
      await page.screenshot({ path: `${process.env.E2E_SHOTS}/bucket-${theme}.png`, fullPage: true })
    bucket.close()
  })
}
