import { expect, register, test } from './support/test'

test('a wrong password is refused in words', async ({ page }) => {
  const person = await register(page)
  await page.context().clearCookies()
  await page.goto('/login')
  await page.getByLabel('E-mail').fill(person.email)
  await page.getByLabel('Password').fill('not the right one')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('alert')).toContainText('UNAUTHENTICATED')
  await expect(page).toHaveURL(/\/login/)
})

test('a form says what is wrong before it is sent', async ({ page }) => {
  await page.goto('/register')
  await page.getByLabel('E-mail').fill('nobody')
  await page.getByRole('button', { name: 'Create workspace' }).click()
  await expect(page.getByText('Enter your name.')).toBeVisible()
  await expect(page.getByText('Enter an e-mail address, such as ada@example.com.')).toBeVisible()
})

test('signing in leads back to the page that asked for it, and out again', async ({ page }) => {
  const person = await register(page)
  await page.context().clearCookies()
  await page.goto('/runs?status=FAILED')
  await expect(page).toHaveURL(/\/login\?redirect=/)
  await page.getByLabel('E-mail').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page).toHaveURL(/\/runs\?status=FAILED/)

  await page.getByRole('button', { name: `Account of ${person.name}` }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await expect(page).toHaveURL(/\/login/)
  expect((await page.request.get('/api/auth/me')).status()).toBe(401)
})

test('a redirect to another site is not followed', async ({ page }) => {
  const person = await register(page)
  await page.context().clearCookies()
  await page.goto('/login?redirect=//evil.example')
  await page.getByLabel('E-mail').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'What should happen?' })).toBeVisible()
})
