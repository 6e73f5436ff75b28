import type { Page } from '@playwright/test'
import { expect, expectAccessible, expectNoSidewaysScroll, register, test } from './support/test'

const DOCUMENT = {
  apiq: '1',
  name: 'Greeting',
  input: { type: 'object', required: ['who'], properties: { who: { type: 'string' } } },
  steps: [
    {
      id: 'say',
      type: 'transform',
      value: '{% "Hello " & ($input.who = "nobody" ? $number($input.who) : $input.who) %}',
    },
  ],
  output: '{% $say %}',
}

async function run(page: Page, who: string, workflow?: string) {
  const id =
    workflow ??
    (await (await page.request.post('/api/workflows', { data: { definition: DOCUMENT } })).json()).data.id
  const started = await page.request.post(`/api/workflows/${id}/execute`, { data: { input: { who } } })
  return { workflow: id as string, run: (await started.json()).data.executionId as string }
}

const menu = async (page: Page, item: string) => {
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

test('a run is compared, run again with another input, taken out and removed', async ({ page }) => {
  await register(page)
  const first = await run(page, 'Ada')
  await page.goto(`/runs/${first.run}`)
  await expect(page.getByText('Completed').first()).toBeVisible()

  await menu(page, 'Compare with the newest version')
  await expect(page.getByText('Version 1 does the same as version 1 did.')).toBeVisible()
  await expectAccessible(page, 'the comparison')
  await page.getByRole('button', { name: 'Close' }).click()

  const download = page.waitForEvent('download')
  await menu(page, 'Download the run')
  expect((await download).suggestedFilename()).toBe(`${first.run}.json`)

  await menu(page, 'Run again with…')
  await expect(page.getByLabel('who')).toHaveValue('Ada')
  await expectAccessible(page, 'running again')
  await page.getByLabel('who').fill('Grace')
  await page.getByRole('button', { name: 'Run again' }).click()
  await expect(page).not.toHaveURL(new RegExp(first.run))
  await expect(page.getByText('Hello Grace').first()).toBeVisible()
  await expect(page.getByRole('link', { name: 'runs another again' })).toBeVisible()

  await menu(page, 'Remove run')
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await expect(page).toHaveURL(/\/runs$/)
  await expect(page.getByRole('main').getByRole('listitem')).toHaveCount(1)
})

test('failed runs are retried all at once', async ({ page }) => {
  await register(page)
  const { workflow, run: failed } = await run(page, 'nobody')
  await run(page, 'nobody', workflow)
  await page.goto(`/runs/${failed}`)
  await expect(page.getByText('Nothing was changed.')).toBeVisible()
  await page.goto('/runs?status=FAILED')
  await expect(page.getByRole('main').getByRole('listitem')).toHaveCount(2)
  await page.getByRole('button', { name: 'Retry all failed' }).click()
  await expectAccessible(page, 'retrying all')
  await page.getByRole('button', { name: 'Retry all', exact: true }).click()
  await expect(page.getByText('2 runs retried')).toBeVisible()
  await expectNoSidewaysScroll(page, 'the failed runs')
})
