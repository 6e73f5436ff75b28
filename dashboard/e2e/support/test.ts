import { AxeBuilder } from '@axe-core/playwright'
import { test as base, expect, type Page } from '@playwright/test'

/**
 * Lines on the console that are no fault of the page: Chromium reports each answer of 400 and above, and some tests
 * provoke such answers on purpose.
 */
const EXPECTED = [/Failed to load resource: the server responded with a status of 4\d\d/]

interface Fixtures {
  /** A page that fails its test for any console error or warning, page error, or breach of the security policy. */
  page: Page
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names out of this pattern
  baseURL: async ({}, use) => {
    await use(process.env.E2E_URL)
  },
  page: async ({ page }, use) => {
    const faults: string[] = []
    page.on('console', (message) => {
      const text = message.text()
      if (!['error', 'warning'].includes(message.type()) || EXPECTED.some((pattern) => pattern.test(text)))
        return
      faults.push(`${message.type()}: ${text}`)
    })
    page.on('pageerror', (error) => faults.push(`page error: ${error.message}`))
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`)
      })
    })
    await use(page)
    expect(faults, 'console errors and policy violations').toEqual([])
  },
})

export { expect }

/** Sets the theme as the person's choice, before the page loads. */
export async function useTheme(page: Page, theme: 'light' | 'dark'): Promise<void> {
  await page.addInitScript((value) => localStorage.setItem('apiq.theme', value), theme)
}

export interface Person {
  name: string
  email: string
  password: string
}

/** A person that no other test uses; each gets a workspace of their own. */
export function newPerson(): Person {
  const unique = `${Date.now()}${Math.floor(Math.random() * 1e6)}`
  return { name: 'Ada Lovelace', email: `ada.${unique}@example.com`, password: 'a calm and long sentence' }
}

/** Registers over HTTP: the page's context then holds the session. */
export async function register(page: Page, person: Person = newPerson()): Promise<Person> {
  const answer = await page.request.post('/api/auth/register', { data: { ...person, workspace: 'Engines' } })
  expect(answer.status(), await answer.text()).toBe(201)
  return person
}

/** No violation of WCAG A and AA, or of axe's best practices, in what is shown now. */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)
  expect(found, `axe on ${where}`).toEqual([])
}

/** Nothing may be wider than the screen. */
export async function expectNoSidewaysScroll(page: Page, where: string): Promise<void> {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  expect(over, `sideways scroll on ${where}`).toBeLessThanOrEqual(0)
}
