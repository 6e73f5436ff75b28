import type { Page } from '@playwright/test'
import { CLIENT, type RunningProvider, startProvider } from './support/provider'
import { expect, expectAccessible, expectNoSidewaysScroll, register, test } from './support/test'

/** An API whose document says how it authorises; its one operation is the provider's userinfo. */
function documentOf(provider: string): string {
  return JSON.stringify({
    openapi: '3.1.0',
    info: { title: 'Who', version: '1' },
    servers: [{ url: provider }],
    components: {
      securitySchemes: {
        account: {
          type: 'oauth2',
          flows: {
            authorizationCode: {
              authorizationUrl: `${provider}/auth`,
              tokenUrl: `${provider}/token`,
              scopes: { openid: 'Who you are', email: 'Your address', offline_access: 'While you are away' },
            },
          },
        },
      },
    },
    security: [{ account: ['openid'] }],
    paths: { '/me': { get: { operationId: 'me', responses: { 200: { description: 'You' } } } } },
  })
}

/** From the document to the step that connects the account. */
async function configure(page: Page, provider: RunningProvider, byCode = false): Promise<void> {
  await register(page)
  await page.goto('/connections/new')
  await page.getByText('Paste', { exact: true }).click()
  await page.getByRole('textbox', { name: 'Document' }).fill(documentOf(provider.issuer))
  await page.getByLabel('Name').fill('Who')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel('Sign-in').selectOption('OAUTH')
  await expect(page.getByText('/api/oauth/callback')).toBeVisible()
  if (byCode) {
    await page.getByLabel('Who authorises').selectOption('device_code')
    await page.getByText('Addresses and details of the provider').click()
    await page.getByLabel('Address of device codes').fill(`${provider.issuer}/device/auth`)
  }
  await page.getByLabel('Client id').fill(CLIENT.id)
  await page.getByLabel('Client secret').fill(CLIENT.secret)
  await page.getByLabel('Scopes to ask for').fill('openid email')
  await expectAccessible(page, 'the form of OAuth')
  await page.getByRole('button', { name: 'Save and test' }).click()
  await expect(page.getByRole('heading', { name: 'Connect your account' })).toBeVisible()
}

/** Opens the provider's window, as the person does. */
async function open(page: Page, button: string): Promise<Page> {
  const window = page.waitForEvent('popup')
  await page.getByRole('button', { name: button }).click()
  return window
}

async function signIn(popUp: Page): Promise<void> {
  await popUp.locator('input[name=login]').fill('ada@provider.example')
  await popUp.locator('input[name=password]').fill('anything')
  await popUp.getByRole('button', { name: 'Sign-in' }).click()
}

for (const coop of [false, true]) {
  test(`connects an account in the provider's window${coop ? ', which loses its opener' : ''}`, async ({
    page,
    baseURL,
  }) => {
    const provider = await startProvider(`${baseURL}/api/oauth/callback`, {}, coop)
    try {
      await configure(page, provider)
      const popUp = await open(page, 'Connect account')
      await expect(page.getByText('Waiting for you at the provider')).toBeVisible()
      await signIn(popUp)
      const back = popUp.waitForRequest((request) => request.url().includes('/api/oauth/callback'))
      await popUp.getByRole('button', { name: 'Continue' }).click()
      const callback = (await back).url()
      // The account is there, and the test call was made with it.
      await expect(page.getByText('The API answered 200.')).toBeVisible({ timeout: 20_000 })
      await page.getByRole('button', { name: 'Done' }).click()
      await expect(page.getByText('ada@provider.example')).toBeVisible()
      await expectAccessible(page, 'a connection with an account')
      expect(await page.content()).not.toContain(CLIENT.secret)

      // The code again: it is used up, and nothing changes.
      const replayed = await page.request.get(callback, { maxRedirects: 0 })
      expect(replayed.headers().location).toContain('outcome=expired')

      await page.goto('/connections')
      await page.getByRole('button', { name: 'Connected accounts' }).click()
      const drawer = page.getByRole('dialog', { name: 'Connected accounts' })
      await expect(drawer.getByText('ada@provider.example')).toBeVisible()
      await expectAccessible(page, 'the connected accounts')
      await drawer.getByRole('button', { name: 'Disconnect' }).click()
      await page
        .getByRole('dialog', { name: /^Disconnect/ })
        .getByRole('button', { name: 'Disconnect' })
        .click()
      await expect(drawer.getByText('No account is connected yet.')).toBeVisible()
    } finally {
      await provider.stop()
    }
  })
}

test('says so when the person refuses, and when a way is over', async ({ page, baseURL }) => {
  const provider = await startProvider(`${baseURL}/api/oauth/callback`, {}, true)
  try {
    await configure(page, provider)
    const popUp = await open(page, 'Connect account')
    await popUp.getByRole('link', { name: /cancel/i }).click()
    await expect(popUp.getByText('Not connected', { exact: true })).toBeVisible()
    await expect(page.getByText('Access was not granted.')).toBeVisible()
    await popUp.close()

    const never = await page.request.get('/api/oauth/callback?state=never&code=x', { maxRedirects: 0 })
    expect(never.headers().location).toContain('outcome=expired')
    await expectAccessible(page, 'a refused way')
  } finally {
    await provider.stop()
  }
})

test('offers a link where the browser opens no window', async ({ page, baseURL }) => {
  const provider = await startProvider(`${baseURL}/api/oauth/callback`)
  try {
    await page.addInitScript(() => {
      window.open = () => null
    })
    await configure(page, provider)
    await page.getByRole('button', { name: 'Connect account' }).click()
    await expect(page.getByText('Your browser opened no window.')).toBeVisible()
    const link = page.getByRole('link', { name: 'Open the provider’s page' })
    await expect(link).toHaveAttribute('href', /^http:\/\/127\.0\.0\.1:\d+\/auth\?/)
    await page.getByRole('button', { name: 'Give up' }).click()
    await expect(page.getByRole('button', { name: 'Connect account' })).toBeVisible()
  } finally {
    await provider.stop()
  }
})

test('fills the form with what is known of an API', async ({ page, baseURL }) => {
  const provider = await startProvider(`${baseURL}/api/oauth/callback`)
  try {
    await register(page)
    await page.goto('/connections/new')
    await page.getByText('Paste', { exact: true }).click()
    await page.getByRole('textbox', { name: 'Document' }).fill(documentOf(provider.issuer))
    await page.getByLabel('Name').fill('Who')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('button', { name: 'Choose from known APIs' }).click()
    const dialog = page.getByRole('dialog', { name: 'Known APIs' })
    await dialog.getByLabel('Search known APIs').fill('zendesk')
    await dialog.getByRole('button', { name: /Zendesk/ }).click()
    await expect(page.getByLabel('Sign-in')).toHaveValue('OAUTH')
    await expect(page.getByLabel('Your subdomain')).toBeVisible()
    await expect(page.getByLabel('Scopes to ask for')).toHaveValue('read')
    await expectAccessible(page, 'a form that was filled in')
  } finally {
    await provider.stop()
  }
})

test('begins with a known API: its document where there is one, its sign-in, and what is not sure', async ({
  page,
}) => {
  await register(page)
  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto('/connections/new')
  await page.getByText('Known API').click()
  const search = page.getByLabel('Search known APIs')
  await expect(page.getByRole('list', { name: 'Known APIs' }).getByRole('button')).toHaveCount(66)
  await expectAccessible(page, 'the known APIs')
  await expectNoSidewaysScroll(page, 'the known APIs')
  if (process.env.E2E_SHOTS) await page.screenshot({ path: `${process.env.E2E_SHOTS}/known.png` })
  await search.fill('github')
  await expect(page.getByRole('list', { name: 'Known APIs' }).getByRole('button')).toHaveCount(1)
  await search.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('Document URL')).toHaveValue(/^https:\/\/.*github/)
  await expect(page.getByLabel('Name')).toHaveValue('GitHub')
  await expect(page.getByRole('region', { name: 'What is known of GitHub' })).toBeVisible()
  await page.getByRole('button', { name: 'Not GitHub' }).click()
  await expect(page.getByRole('region', { name: 'What is known of GitHub' })).toHaveCount(0)

  // One whose vendor publishes no document, of which not everything is known.
  await page.getByText('Known API').click()
  await search.fill('zendesk')
  await page.getByRole('button', { name: /Zendesk/ }).click()
  await expect(page.getByText('Zendesk keeps no document', { exact: false })).toBeVisible()
  await page.getByText('Paste', { exact: true }).click()
  await page
    .getByRole('textbox', { name: 'Document' })
    .fill(JSON.stringify({ openapi: '3.1.0', info: { title: 'Tickets', version: '1' }, paths: {} }))
  await page.getByRole('button', { name: 'Continue' }).click()
  const address = page.getByRole('textbox', { name: 'Base URL' })
  await expect(address).toHaveValue('https://{subdomain}.zendesk.com')
  await address.fill('https://engines.zendesk.com')
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByLabel('Sign-in')).toHaveValue('OAUTH')
  await expect(address).toHaveValue('https://engines.zendesk.com')
  await expect(page.getByText('Not known for sure:', { exact: false })).toBeVisible()
  await expectAccessible(page, 'a form of a known API')
  await expectNoSidewaysScroll(page, 'a form of a known API')
})

for (const agrees of [true, false]) {
  test(`a code that is entered elsewhere ${agrees ? 'connects' : 'is refused'}`, async ({
    page,
    baseURL,
    browser,
  }) => {
    const provider = await startProvider(`${baseURL}/api/oauth/callback`)
    const elsewhere = await browser.newContext()
    try {
      await configure(page, provider, true)
      await page.getByRole('button', { name: 'Get a code' }).click()
      await expect(page.getByText('Enter this code at the provider, on any device:')).toBeVisible()
      await expectAccessible(page, 'the code for a device')
      await expectNoSidewaysScroll(page, 'the code for a device')
      if (process.env.E2E_SHOTS) await page.screenshot({ path: `${process.env.E2E_SHOTS}/device.png` })
      const link = page.getByRole('link', { name: `${provider.issuer}/device` })
      const device = await elsewhere.newPage()
      await device.goto((await link.getAttribute('href')) ?? '')
      if (agrees) {
        await device.getByRole('button', { name: 'Continue' }).click()
        await signIn(device)
        await device.getByRole('button', { name: 'Continue' }).click()
        await expect(page.getByText('The API answered 200.')).toBeVisible({ timeout: 20_000 })
      } else {
        await device.getByRole('button', { name: /abort/i }).click()
        await expect(page.getByText('Access was not granted.')).toBeVisible({ timeout: 20_000 })
        await expect(page.getByRole('button', { name: 'Get a code' })).toBeVisible()
      }
    } finally {
      await elsewhere.close()
      await provider.stop()
    }
  })
}
