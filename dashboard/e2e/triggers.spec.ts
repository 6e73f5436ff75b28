import { createHmac } from 'node:crypto'
import type { Page } from '@playwright/test'
import { expect, expectAccessible, expectNoSidewaysScroll, register, test, useTheme } from './support/test'

const DOCUMENT = {
  apiq: '1',
  name: 'Greet',
  input: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
  steps: [{ id: 'greeting', type: 'transform', value: "{% 'Hello ' & $input.name %}" }],
}

async function activeWorkflow(page: Page): Promise<string> {
  const made = await page.request.post('/api/workflows', {
    data: { name: 'Greet', description: '', definition: DOCUMENT },
  })
  expect(made.status(), await made.text()).toBe(201)
  const { data } = await made.json()
  const changed = await page.request.put(`/api/workflows/${data.id}`, {
    headers: { 'If-Match': String(data.version) },
    data: { name: 'Greet', description: '', status: 'ACTIVE', definition: DOCUMENT },
  })
  expect(changed.status(), await changed.text()).toBe(200)
  return data.id
}

for (const theme of ['light', 'dark'] as const)
  test(`starts a workflow by a schedule, a webhook and an event, ${theme}`, async ({ page }, info) => {
    await useTheme(page, theme)
    await register(page)
    const workflow = await activeWorkflow(page)
    await page.goto(`/workflows/${workflow}?tab=triggers`)
    await expect(page.getByText('Started by hand only')).toBeVisible()
    await expectAccessible(page, 'no triggers')

    await page.getByRole('button', { name: 'Add trigger' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('How often').selectOption('As a cron expression says')
    await dialog.getByLabel('Cron expression').fill('never')
    await dialog.getByLabel('Time zone').fill('Europe/Berlin')
    await dialog.getByRole('button', { name: 'Add trigger' }).click()
    await expect(dialog.getByText('This one is needed.')).toBeVisible()
    await dialog.getByLabel('name').fill('{% $event.time %}')
    await dialog.getByRole('button', { name: 'Add trigger' }).click()
    await expect(dialog.getByRole('alert')).toBeVisible()
    await expectAccessible(page, 'a refused schedule')
    await page.screenshot({ path: info.outputPath('schedule.png') })
    await dialog.getByLabel('How often').selectOption('Monday to Friday')
    await dialog.getByRole('button', { name: 'Add trigger' }).click()
    await expect(page.getByText('Every weekday at 09:00')).toBeVisible()
    await expect(page.getByText(/^Next /)).toBeVisible()

    await page.getByRole('button', { name: 'Add trigger' }).click()
    await dialog.getByText('Webhook', { exact: true }).click()
    await dialog.getByLabel('Who sends it').selectOption('GitHub')
    await expectAccessible(page, 'a webhook')
    await dialog.getByRole('button', { name: 'Add trigger' }).click()
    await expect(dialog.getByText('Tell the sender')).toBeVisible()
    await expectAccessible(page, 'the address and the secret')
    await page.screenshot({ path: info.outputPath('secret.png') })
    const [address = '', secret = ''] = await dialog.locator('code').allTextContents()
    await dialog.getByRole('button', { name: 'Done' }).click()

    const body = JSON.stringify({ name: 'Ada' })
    const sent = await page.request.post(new URL(address).pathname, {
      headers: {
        'Content-Type': 'application/json',
        'X-GitHub-Delivery': 'one',
        'X-Hub-Signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
      },
      data: body,
    })
    expect(sent.status(), await sent.text()).toBe(202)
    const triggers = page.getByRole('list', { name: 'Triggers' }).locator('> li')
    const webhook = triggers.filter({ hasText: 'Webhook' })
    await webhook.getByRole('button', { name: 'Deliveries' }).click()
    await expect(webhook.getByRole('list', { name: 'Deliveries' }).getByText('started')).toBeVisible({
      timeout: 15_000,
    })

    await page.getByRole('button', { name: 'Add trigger' }).click()
    await dialog.getByText('Event', { exact: true }).first().click()
    await dialog.getByLabel('Event', { exact: true }).last().fill('order.paid')
    await dialog.getByRole('button', { name: 'Add trigger' }).click()
    await expect(page.getByText('When order.paid is told')).toBeVisible()
    const event = triggers.filter({ hasText: 'order.paid' })
    await event.getByRole('button', { name: 'Actions for When order.paid is told' }).click()
    await page.getByRole('menuitem', { name: 'Switch off' }).click()
    await expect(event.getByText('Off', { exact: true })).toBeVisible()
    await expectAccessible(page, 'the triggers')
    await page.screenshot({ path: info.outputPath('triggers.png'), fullPage: true })

    await event.getByRole('button', { name: 'Actions for When order.paid is told' }).click()
    await page.getByRole('menuitem', { name: 'Remove' }).click()
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await expect(event).toHaveCount(0)
    await page.setViewportSize({ width: 360, height: 740 })
    await expectNoSidewaysScroll(page, 'the triggers')

    await webhook.getByRole('link', { name: 'Run' }).first().click()
    await expect(page.getByText('Completed').first()).toBeVisible()
  })
