import { expect, expectAccessible, newPerson, test } from './support/test'

test('register, see the samples, type a goal, read the checks, confirm, watch it turn green', async ({
  page,
}) => {
  const person = newPerson()
  await page.goto('/')
  await expect(page).toHaveURL(/\/login/)
  await page.getByRole('link', { name: 'Create a workspace' }).click()
  await page.getByLabel('Name', { exact: true }).fill(person.name)
  await page.getByLabel('E-mail').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await page.getByLabel('Workspace').fill('Analytical Engines')
  await page.getByRole('button', { name: 'Create workspace' }).click()

  await expect(page.getByRole('heading', { name: 'What should happen?' })).toBeVisible()
  const samples = page.getByRole('region', { name: 'Connected APIs' })
  await expect(samples.getByText('Sample', { exact: true })).toHaveCount(3)
  await expect(samples.getByText('Active', { exact: true })).toHaveCount(3, { timeout: 30_000 })

  await page.getByLabel('Your goal').fill('Get the museum hours and find the available pets')
  await page.getByRole('button', { name: 'Plan it' }).click()
  const steps = page.getByRole('list', { name: 'Steps of the plan' })
  await expect(steps.getByRole('listitem').first()).toBeVisible()
  await expect(page.getByText('Nothing has run yet')).toBeVisible()
  await expect(steps.getByText(/\d+ passed/).first()).toBeVisible()
  await steps
    .getByText(/\d+ passed/)
    .first()
    .click()
  await expect(steps.getByText('Passed:').first()).toBeAttached()
  await expectAccessible(page, 'the plan')

  await page.getByRole('button', { name: 'Confirm and run' }).click()
  await expect(page).toHaveURL(/\/runs\/exe_/)
  await expect(page.getByRole('heading', { level: 1 }).getByText('Completed')).toBeVisible({
    timeout: 30_000,
  })
  const run = page.getByRole('list', { name: 'Steps of the run' })
  await expect(run.getByRole('button').first()).toBeVisible()
  await run.getByRole('button').first().click()
  await expect(page).toHaveURL(/step=/)
  await page.getByRole('tab', { name: 'Response' }).click()
  await expect(page).toHaveURL(/tab=response/)
  await expect(page.getByRole('region', { name: 'response' })).toBeVisible()
  await expectAccessible(page, 'the run')
})
