import type { Page } from '@playwright/test'
import { startDNS } from './support/dns'
import { CLIENT, type RunningProvider, startProvider } from './support/provider'
import { startStrictProvider, type Wrong } from './support/strict-provider'
import {
  expect,
  expectAccessible,
  expectNoSidewaysScroll,
  newPerson,
  register,
  test,
  useTheme,
} from './support/test'

let provider: RunningProvider
test.beforeEach(async ({ page }) => {
  // The provider's own pages ask for a font elsewhere; nothing leaves this machine.
  await page.route(
    (url) => url.hostname !== '127.0.0.1',
    (route) => route.fulfill({ contentType: 'text/css', body: '' }),
  )
})
test.afterEach(async () => {
  await provider?.stop()
})

/** A person signs in and consents at the provider's own pages. */
async function agree(page: Page, login: string): Promise<void> {
  await page.locator('input[name=login]').fill(login)
  await page.locator('input[name=password]').fill('any will do')
  await page.getByRole('button', { name: /sign-in/i }).click()
  await page.getByRole('button', { name: /continue/i }).click()
}

async function workspaceOf(page: Page): Promise<string> {
  const { data } = await (await page.request.get('/api/auth/me')).json()
  return data.workspace.id
}

test('an admin sets a provider up, and people sign in by it, or are told why not', async ({
  page,
  baseURL,
}) => {
  const unverified = `eve.${Date.now()}@example.com`
  provider = await startProvider(`${baseURL}/api/auth/generic/callback`, {
    [unverified]: { email_verified: false },
  })
  await register(page)
  const workspace = await workspaceOf(page)

  await page.goto('/settings/sign-in')
  await page.getByRole('button', { name: 'Set up Other' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name on the button').fill('Corp')
  await dialog.getByLabel('Issuer').fill(provider.issuer)
  await dialog.getByLabel('Client id').fill(CLIENT.id)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog.getByText('Give the client secret', { exact: false }).first()).toBeVisible()
  await dialog.getByLabel('Client secret').fill(CLIENT.secret)
  await dialog.getByLabel('Claim with roles').fill('groups')
  await dialog.getByLabel('Its values').fill('auditors = AUDITOR')
  await expectAccessible(page, 'the dialog of a provider')
  await dialog.getByRole('button', { name: 'Save' }).click()
  const row = page.getByRole('listitem').filter({ hasText: 'Corp' }).first()
  await expect(row.getByText('On', { exact: true })).toBeVisible()
  await row.getByRole('button', { name: 'Test' }).click()
  await expect(row.getByText(`The provider answers as ${provider.issuer}.`)).toBeVisible()
  await expect(row.getByLabel('Wrong')).toHaveCount(0)
  await expectAccessible(page, 'ways to sign in')

  // Another browser's worth of a person: nothing of the admin is left.
  await page.context().clearCookies()
  const grace = `grace.${Date.now()}@example.com`
  await page.goto(`/login?workspace=${workspace}&redirect=/runs`)
  await expect(page.getByRole('button', { name: 'Okta' })).toBeDisabled()
  await expectAccessible(page, 'the page of sign-in')
  await page.getByRole('link', { name: 'Corp' }).click()
  await agree(page, grace)
  await expect(page).toHaveURL(/\/runs$/)
  const me = await (await page.request.get('/api/auth/me')).json()
  expect(me.data.workspace.id).toBe(workspace)
  expect(me.data.user).toMatchObject({ email: grace, name: 'Grace Hopper', role: 'USER' })

  // The answer was taken: the same address of the callback leads nowhere.
  await page.context().clearCookies()
  await page.goto(`/login?workspace=${workspace}`)
  const answered = page.waitForRequest((request) => request.url().includes('/api/auth/generic/callback'))
  await page.getByRole('link', { name: 'Corp' }).click()
  await agree(page, grace)
  const callback = (await answered).url()
  await expect(page).toHaveURL(`${baseURL}/`)
  await page.goto(callback)
  await expect(page.getByRole('alert')).toContainText('was used before')

  // Nobody vouches for this address.
  await page.context().clearCookies()
  await page.goto(`/login?workspace=${workspace}`)
  await page.getByRole('link', { name: 'Corp' }).click()
  await agree(page, unverified)
  await expect(page.getByRole('alert')).toContainText('does not vouch')
  expect((await page.request.get('/api/auth/me')).status()).toBe(401)

  // A person who says no.
  await page.context().clearCookies()
  await page.goto(`/login?workspace=${workspace}`)
  await page.getByRole('link', { name: 'Corp' }).click()
  await page.getByRole('link', { name: /cancel/i }).click()
  await expect(page.getByRole('alert')).toContainText('declined')
  await expect(page.getByRole('link', { name: 'Corp' })).toBeVisible()
})

test('a sign-out ends the session at the provider, and one there ends ours', async ({ page, baseURL }) => {
  const admin = await register(page)
  const workspace = await workspaceOf(page)
  const afterwards = `${baseURL}/login?signedOut=1&workspace=${workspace}`
  const notices = `${baseURL}/api/auth/generic/backchannel-logout?workspace=${workspace}`
  provider = await startProvider(`${baseURL}/api/auth/generic/callback`, {}, false, {
    post_logout_redirect_uris: [afterwards],
    backchannel_logout_uri: notices,
    backchannel_logout_session_required: true,
  })
  const saved = await page.request.put('/api/admin/providers/generic', {
    data: {
      name: 'Corp',
      issuer: provider.issuer,
      clientId: CLIENT.id,
      clientSecret: CLIENT.secret,
      enabled: true,
      jit: true,
    },
  })
  expect((await saved.json()).data).toMatchObject({
    signedOutUrl: afterwards,
    backchannelLogoutUrl: notices,
  })
  await page.context().clearCookies()
  const grace = `grace.${Date.now()}@example.com`
  await page.goto(`/login?workspace=${workspace}`)
  await page.getByRole('link', { name: 'Corp' }).click()
  await agree(page, grace)
  await expect(page).toHaveURL(`${baseURL}/`)

  await page.getByRole('button', { name: 'Account of Grace Hopper' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await expect(page).toHaveURL(new RegExp(`^${provider.issuer}/session/end`))
  // Whatever happens there, the person is signed out here.
  expect((await page.request.get('/api/auth/me')).status()).toBe(401)
  await page.getByRole('button', { name: 'Yes, sign me out' }).click()
  await expect(page.getByRole('status')).toHaveText('You are signed out.')
  await expectAccessible(page, 'the page of sign-in after a sign-out')
  await expectNoSidewaysScroll(page, 'the page of sign-in after a sign-out')

  // The provider asks who it is anew, and tells us when it ends the session by itself.
  await page.getByRole('link', { name: 'Corp' }).click()
  await agree(page, grace)
  await expect(page).toHaveURL(`${baseURL}/`)
  await page.goto(`${provider.issuer}/session/end`)
  await page.getByRole('button', { name: 'Yes, sign me out' }).click()
  await expect(page).toHaveURL(new RegExp(`^${provider.issuer}/session/end/success`))
  await expect.poll(async () => (await page.request.get('/api/auth/me')).status()).toBe(401)

  const back = await page.request.post('/api/auth/login', {
    data: { email: admin.email, password: admin.password },
  })
  expect(back.status(), await back.text()).toBe(200)
  const trail = await (await page.request.get('/api/logs?action=user.logout')).json()
  expect(trail.data.map(({ message }: { message?: string }) => message)).toContain('signed out at generic')
})

for (const theme of ['light', 'dark'] as const)
  test(`an account elsewhere is linked by hand, signs in, and is taken off, ${theme}`, async ({
    page,
    baseURL,
  }, info) => {
    await useTheme(page, theme)
    provider = await startProvider(`${baseURL}/api/auth/okta/callback`, {
      'lovelace@elsewhere.example': { email_verified: false },
    })
    const ada = await register(page)
    const workspace = await workspaceOf(page)
    const saved = await page.request.put('/api/admin/providers/okta', {
      data: {
        issuer: provider.issuer,
        clientId: CLIENT.id,
        clientSecret: CLIENT.secret,
        enabled: true,
      },
    })
    expect(saved.status(), await saved.text()).toBe(200)
    await page.goto('/settings/security')
    await expect(page.getByText('No sign-in account yet')).toBeVisible()
    await page.getByRole('button', { name: 'Link Okta of Engines' }).click()
    await page.getByRole('link', { name: /cancel/i }).click()
    await expect(page.getByRole('alert')).toContainText('declined')
    await page.getByRole('button', { name: 'Link Okta of Engines' }).click()
    await agree(page, 'lovelace@elsewhere.example')
    await expect(page.getByText('Okta is linked', { exact: false })).toBeVisible()
    const row = page.getByRole('list', { name: 'Sign-in accounts' }).getByRole('listitem')
    await expect(row).toContainText('lovelace@elsewhere.example')
    await expect(row).toContainText('Engines only')
    await expectAccessible(page, 'sign-in accounts')
    await page.screenshot({ path: info.outputPath(`linked-${theme}.png`), fullPage: true })
    await page.setViewportSize({ width: 390, height: 800 })
    await expectNoSidewaysScroll(page, 'sign-in accounts, small')
    await page.screenshot({ path: info.outputPath(`linked-small-${theme}.png`), fullPage: true })
    await page.setViewportSize({ width: 1280, height: 800 })

    // It is the same person, though nobody vouches for that address.
    await page.context().clearCookies({ name: 'apiq_session' })
    await page.goto(`/login?workspace=${workspace}`)
    await page.getByRole('link', { name: 'Okta' }).click()
    await expect(page).toHaveURL(`${baseURL}/`)
    const me = await (await page.request.get('/api/auth/me')).json()
    expect(me.data.user.email).toBe(ada.email)

    const back = await page.request.post('/api/auth/login', {
      data: { email: ada.email, password: ada.password },
    })
    expect(back.status(), await back.text()).toBe(200)
    await page.goto('/settings/security')
    await page.getByRole('button', { name: 'Take Okta off' }).click()
    await page.getByRole('button', { name: 'Take it off' }).click()
    await expect(page.getByText('No sign-in account yet')).toBeVisible()
    await page.context().clearCookies({ name: 'apiq_session' })
    await page.goto(`/login?workspace=${workspace}`)
    await page.getByRole('link', { name: 'Okta' }).click()
    await expect(page.getByRole('alert')).toContainText('taken off its account')
  })

test('an answer that another browser asked for is not taken', async ({ page, baseURL, browser }) => {
  provider = await startProvider(`${baseURL}/api/auth/okta/callback`)
  await register(page, newPerson())
  const workspace = await workspaceOf(page)
  const saved = await page.request.put('/api/admin/providers/okta', {
    data: {
      issuer: provider.issuer,
      clientId: CLIENT.id,
      clientSecret: CLIENT.secret,
      enabled: true,
      jit: true,
    },
  })
  expect(saved.status(), await saved.text()).toBe(200)

  // The attacker signs in as themself, in a browser that forgets the flow: the answer stays good.
  const context = await browser.newContext()
  const attacker = await context.newPage()
  const answered = attacker.waitForRequest((request) => request.url().includes('/api/auth/okta/callback'))
  await attacker.goto(`${baseURL}/api/auth/okta/start?workspace=${workspace}`)
  await attacker.locator('input[name=login]').fill(`mallory.${Date.now()}@example.com`)
  await attacker.locator('input[name=password]').fill('x')
  await attacker.getByRole('button', { name: /sign-in/i }).click()
  await context.clearCookies({ name: 'apiq_signin' })
  await attacker.getByRole('button', { name: /continue/i }).click()
  const stolen = (await answered).url()
  await expect(attacker).toHaveURL(/error=other_browser/)
  await context.close()

  await page.context().clearCookies()
  await page.goto(stolen)
  await expect(page.getByRole('alert')).toContainText('began in another browser')
  expect((await page.request.get('/api/auth/me')).status()).toBe(401)
})

/** A workspace with a provider, and an address of a domain that nobody else has. */
async function withProvider(page: Page, baseURL: string | undefined): Promise<string> {
  provider = await startProvider(`${baseURL}/api/auth/okta/callback`)
  const domain = `corp${Date.now()}.example`
  await register(page, { ...newPerson(), email: `ada@${domain}` })
  const saved = await page.request.put('/api/admin/providers/okta', {
    data: {
      issuer: provider.issuer,
      clientId: CLIENT.id,
      clientSecret: CLIENT.secret,
      enabled: true,
      jit: true,
    },
  })
  expect(saved.status(), await saved.text()).toBe(200)
  return domain
}

test('an admin shows a domain to be the workspace’s, and closes it to passwords', async ({
  page,
  baseURL,
}, info) => {
  test.skip(!process.env.E2E_DNS, 'the server that runs asks another DNS')
  await useTheme(page, 'dark')
  const domain = await withProvider(page, baseURL)
  const records = new Map<string, string>()
  const stopDNS = await startDNS(records)
  try {
    await page.goto('/settings/sign-in')
    await expect(page.getByText('No domain yet.', { exact: false })).toBeVisible()
    await page.getByLabel('Add a domain').fill('gmail.com')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await expect(page.getByText('it belongs to no workspace', { exact: false })).toBeVisible()
    await page.getByLabel('Add a domain').fill(domain.toUpperCase())
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    const row = page.getByRole('listitem').filter({ hasText: domain })
    await expect(row.getByText('Not verified')).toBeVisible()
    await row.getByRole('button', { name: `Verify ${domain}` }).click()
    await expect(row.getByRole('alert')).toContainText('There is no TXT record')
    await expectAccessible(page, 'domains, one to be verified')
    await page.setViewportSize({ width: 390, height: 844 })
    await expectNoSidewaysScroll(page, 'domains')
    await page.screenshot({ path: info.outputPath('domains-small.png'), fullPage: true })
    await page.setViewportSize({ width: 1280, height: 720 })
    const value = await row.getByText('apiq-domain-verification=').textContent()
    records.set(`_apiq-challenge.${domain}`, value ?? '')
    await row.getByRole('button', { name: `Verify ${domain}` }).click()
    await expect(row.getByText('Verified', { exact: true })).toBeVisible()
    await row.getByRole('button', { name: `Close to passwords of ${domain}` }).click()
    await expectAccessible(page, 'closing a domain to passwords')
    await page.getByRole('dialog').getByRole('button', { name: 'Provider only' }).click()
    await expect(row.getByText('By your provider only', { exact: false })).toBeVisible()
    await page.screenshot({ path: info.outputPath('domains.png'), fullPage: true })
  } finally {
    await stopDNS()
  }
})

test('people of a domain that a workspace holds are led to its provider', async ({ page, baseURL }, info) => {
  test.skip(!process.env.E2E_DNS, 'the server that runs asks another DNS')
  const domain = await withProvider(page, baseURL)
  const workspace = await workspaceOf(page)
  const claimed = await (await page.request.post('/api/admin/domains', { data: { domain } })).json()
  const stopDNS = await startDNS(new Map([[claimed.data.record.name, claimed.data.record.value]]))
  const verified = await page.request.post(`/api/admin/domains/${domain}/verify`)
  await stopDNS()
  expect(verified.status(), await verified.text()).toBe(200)

  await page.context().clearCookies()
  await page.goto('/login?redirect=/runs')
  await page.getByRole('button', { name: 'Sign in with single sign-on' }).click()
  await expect(page.getByText('Enter your work e-mail above first', { exact: false })).toBeVisible()
  await page.getByLabel('E-mail').fill('ada@nobody.example')
  await page.getByRole('button', { name: 'Sign in with single sign-on' }).click()
  await expect(
    page.getByText('No workspace has single sign-on for nobody.example', { exact: false }),
  ).toBeVisible()
  await expectAccessible(page, 'sign-in, of a domain that nobody holds')
  await page.screenshot({ path: info.outputPath('login-none.png'), fullPage: true })
  await page.getByLabel('E-mail').fill(`grace@${domain}`)
  await page.getByRole('button', { name: 'Sign in with single sign-on' }).click()
  await agree(page, `grace@${domain}`)
  await expect(page).toHaveURL(/\/runs$/)
  expect(await workspaceOf(page)).toBe(workspace)
})

for (const theme of ['light', 'dark'] as const)
  test(`the page of sign-in, ${theme}`, async ({ page }, info) => {
    await useTheme(page, theme)
    await page.goto('/login?error=denied')
    await expect(page.getByRole('alert')).toContainText('declined')
    await expectNoSidewaysScroll(page, 'sign-in')
    await page.screenshot({ path: info.outputPath(`login-${theme}.png`), fullPage: true })
    await register(page)
    await page.goto('/settings/sign-in')
    await page.getByRole('button', { name: 'Set up Okta' }).click()
    await expect(page.getByLabel('Client id')).toBeVisible()
    await page.screenshot({ path: info.outputPath(`dialog-${theme}.png`) })
  })

test('an answer that is wrong in one point signs nobody in', async ({ page }) => {
  test.setTimeout(120_000)
  const grace = `grace.${Date.now()}@example.com`
  const strict = await startStrictProvider(grace)
  provider = strict
  await register(page)
  const workspace = await workspaceOf(page)
  const saved = await page.request.put('/api/admin/providers/generic', {
    data: {
      name: 'Corp',
      issuer: strict.issuer,
      clientId: CLIENT.id,
      clientSecret: CLIENT.secret,
      enabled: true,
      jit: true,
    },
  })
  expect(saved.status(), await saved.text()).toBe(200)
  await page.context().clearCookies()
  const hour = 3600
  const now = Math.floor(Date.now() / 1000)
  const wrongs: [string, Wrong][] = [
    ['issuer', { claims: { iss: 'https://elsewhere.example' } }],
    ['issuer of the answer', { answeredBy: 'https://elsewhere.example' }],
    ['audience', { claims: { aud: 'another client' } }],
    ['party among several audiences', { claims: { aud: [CLIENT.id, 'other'], azp: 'other' } }],
    ['nonce', { claims: { nonce: 'of another flow' } }],
    ['time: over', { claims: { iat: now - 2 * hour, exp: now - hour } }],
    ['subject', { claims: { sub: '' } }],
    ['signature: none', { signature: 'none' }],
    ['signature: the client’s secret', { signature: 'HS256' }],
    ['signature: a key that is not published', { signature: 'unknown key' }],
  ]
  await page.goto(`/login?workspace=${workspace}`)
  const start = (await page.getByRole('link', { name: 'Corp' }).getAttribute('href')) ?? ''
  for (const [what, wrong] of wrongs) {
    strict.answer(wrong)
    await page.goto(start)
    await expect(page.getByRole('alert'), what).toContainText('did not stand up to its checks')
    expect((await page.request.get('/api/auth/me')).status(), what).toBe(401)
  }
  await expectAccessible(page, 'a sign-in that was not taken')
  // With nothing wrong the same person is signed in: it was the answers that were refused.
  strict.answer({})
  await page.goto(start)
  await expect(page.getByRole('button', { name: 'Account of Grace Hopper' })).toBeVisible()
})
