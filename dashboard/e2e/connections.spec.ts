import { expect, expectAccessible, register, test } from './support/test'

/** A small API of our own, pasted: its calls go nowhere in these tests. */
const DOCUMENT = JSON.stringify({
  openapi: '3.1.0',
  info: { title: 'Notes', version: '1.2.3' },
  servers: [{ url: 'http://127.0.0.1:65530/{tenant}', variables: { tenant: { default: 'acme' } } }],
  components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Notes-Key' } } },
  security: [{ key: [] }],
  paths: {
    '/notes': {
      get: { operationId: 'listNotes', summary: 'List notes', responses: { 200: { description: 'Notes' } } },
      post: {
        operationId: 'createNote',
        summary: 'Create a note',
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: { type: 'object', required: ['text'], properties: { text: { type: 'string' } } },
            },
          },
        },
        responses: { 201: { description: 'The note' } },
      },
    },
  },
})

test('connects an API by paste, with its sign-in, and removes it', async ({ page }) => {
  await register(page)
  await page.goto('/connections/new')
  await page.getByText('Paste', { exact: true }).click()
  await page.getByRole('textbox', { name: 'Document' }).fill(DOCUMENT)
  await page.getByLabel('Name').fill('Notes')
  await page.getByRole('button', { name: 'Continue' }).click()

  await expect(page.getByRole('heading', { name: 'Where do calls go?' })).toBeVisible()
  await expect(page).toHaveURL(/step=access/)
  await page.getByLabel('Sign-in').selectOption('API_KEY')
  await page.getByLabel('Name').fill('X-Notes-Key')
  await page.getByLabel('Key', { exact: true }).fill('canary-7f3a')
  await expectAccessible(page, 'the access step')
  await page.getByRole('button', { name: 'Save and test' }).click()
  await expect(page.getByRole('heading', { name: 'Does it answer?' })).toBeVisible()
  // Nobody listens there: the test fails in words, and the connection is still there.
  await expect(page.getByText('The test failed').or(page.getByRole('alert'))).toBeVisible({ timeout: 20_000 })
  await page.getByRole('button', { name: 'Done' }).click()

  await expect(page.getByRole('heading', { name: 'Notes' })).toBeVisible()
  await expect(page.getByText(/stored: .*value/)).toBeVisible()
  expect(await page.content()).not.toContain('canary-7f3a')

  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Remove connection' }).click()
  const dialog = page.getByRole('dialog', { name: 'Remove Notes?' })
  await expect(dialog).toBeVisible()
  await expectAccessible(page, 'the confirm dialog')
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await expect(page).toHaveURL(/\/connections$/)
  await expect(page.getByRole('link', { name: 'Notes' })).toHaveCount(0)
})

/** Three references that lead nowhere: three warnings of the import, and what the validator says of them. */
const FAULTY = JSON.stringify({
  openapi: '3.0.3',
  info: { title: 'Faulty', version: '1' },
  servers: [{ url: 'http://127.0.0.1:65530' }],
  paths: Object.fromEntries(
    ['a', 'b', 'c'].map((name) => [
      `/${name}`,
      {
        get: {
          operationId: name,
          responses: {
            200: {
              description: 'ok',
              content: { 'application/json': { schema: { $ref: `#/components/schemas/Lost${name}` } } },
            },
          },
        },
      },
    ]),
  ),
})

test('tells what an import cost, and what the validation found', async ({ page }) => {
  await register(page)
  const made = await page.request.post('/api/apis', {
    data: { name: 'Faulty', specDocument: FAULTY, authType: 'NONE' },
  })
  expect(made.status(), await made.text()).toBe(201)
  const { id } = (await made.json()).data
  await page.goto(`/connections/${id}`)
  for (const name of ['Size', 'Stored', 'Time', 'Memory'])
    await expect(page.getByRole('term').filter({ hasText: name })).toBeVisible()
  // The report is made behind the import: the page asks until it is there.
  await page.getByRole('link', { name: 'Show findings' }).click({ timeout: 40_000 })
  await expect(page).toHaveURL(/tab=validation/)
  const findings = page.getByRole('list', { name: 'Findings' }).getByRole('listitem')
  await expect(findings.filter({ hasText: 'missing_ref' })).toHaveCount(3)
  await expect(findings.filter({ hasText: 'Error' }).first()).toBeVisible()
  await expectAccessible(page, 'the findings')
})

test('a document that cannot be read is refused with its code', async ({ page }) => {
  await register(page)
  await page.goto('/connections/new')
  await page.getByText('Paste', { exact: true }).click()
  await page.getByRole('textbox', { name: 'Document' }).fill('<html>not a spec</html>')
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByRole('alert')).toContainText('SPEC_INVALID')
})

test('finds an operation, reads it, tries it', async ({ page }) => {
  await register(page)
  await page.goto('/connections')
  await page.getByRole('link', { name: /museum/i }).click()
  await page.getByRole('tab', { name: /Operations/ }).click()
  await page.getByLabel('Search operations').fill('hours')
  await expect(page).toHaveURL(/q=hours/)
  await page.getByRole('list', { name: 'Operations' }).getByRole('button').first().click()
  await expect(page).toHaveURL(/op=/)
  await expect(page.getByRole('heading', { name: 'Responses' })).toBeVisible()
  await page.getByRole('tab', { name: 'Try it' }).click()
  await page.getByRole('button', { name: 'Send request' }).click()
  await expect(page.getByRole('region', { name: 'Response', exact: true })).toContainText('HTTP 200')
  await expectAccessible(page, 'the operation browser')
})

test('connects a token with the scopes that it was granted', async ({ page }) => {
  const granted = {
    ...JSON.parse(DOCUMENT),
    components: {
      securitySchemes: {
        grant: {
          type: 'oauth2',
          flows: {
            clientCredentials: {
              tokenUrl: 'http://127.0.0.1:65530/token',
              scopes: { 'notes:read': 'Read notes', 'notes:write': 'Write notes' },
            },
          },
        },
      },
    },
    security: [{ grant: ['notes:write'] }],
  }
  await register(page)
  await page.goto('/connections/new')
  await page.getByText('Paste', { exact: true }).click()
  await page.getByRole('textbox', { name: 'Document' }).fill(JSON.stringify(granted))
  await page.getByLabel('Name').fill('Notes')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel('Sign-in').selectOption('BEARER')
  await page.getByLabel('Token', { exact: true }).fill('canary-7f3b')
  await page.getByText('2 scopes in the document').click()
  await page.getByRole('checkbox', { name: /notes:read/ }).check()
  await expect(page.getByLabel('Scopes of the token')).toHaveValue('notes:read')
  await expectAccessible(page, 'the scopes of a token')
  await page.getByRole('button', { name: 'Save and test' }).click()
  await expect(page.getByRole('heading', { name: 'Does it answer?' })).toBeVisible()
  await expect(page.getByText('The test failed').or(page.getByRole('alert'))).toBeVisible({ timeout: 20_000 })
  await page.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByText(/stored: token, with the scopes notes:read/)).toBeVisible()
})
