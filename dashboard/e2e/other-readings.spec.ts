import { expect, expectAccessible, register, test } from './support/test'

/** Goals that say too little; which of them have other readings is the planner's to say. */
const GOALS = ['Update the special event', 'Get pets', 'Look up a pet', 'Find the event', 'Update the pet']

test('a goal that says too little offers other readings, and one of them is taken by keyboard', async ({
  page,
}) => {
  await register(page)
  await page.goto('/')
  await expect(
    page.getByRole('region', { name: 'Connected APIs' }).getByText('Active', { exact: true }),
  ).toHaveCount(3, { timeout: 30_000 })
  await page.goto('/chat')
  const readings = page.getByRole('region', { name: 'Other readings' })
  const plans = page.getByText('checks passed')
  for (const [index, goal] of GOALS.entries()) {
    await page.getByLabel('Your goal').fill(goal)
    await page.keyboard.press('Enter')
    await expect(plans).toHaveCount(index + 1)
    if (await readings.isVisible()) break
  }
  await expect(readings).toBeVisible()
  await expect(readings.getByRole('list', { name: 'What is different' }).first()).toBeVisible()
  await expectAccessible(page, 'the other readings')

  const before = await plans.count()
  const use = readings.getByRole('button', { name: /^Use this/ }).first()
  const title = (await use.getAttribute('aria-label'))?.replace('Use this: ', '') ?? ''
  await use.focus()
  await page.keyboard.press('Enter')
  await expect(plans).toHaveCount(before + 1)
  await expect(page.getByText(`Take the other reading: ${title}.`)).toBeVisible()
  await expect(page.getByText('A newer plan below took its place.').last()).toBeVisible()
  await expect(page.getByRole('button', { name: 'Confirm and run' })).toHaveCount(1)
  await expect(page.locator('h2:focus')).toBeVisible()
})
