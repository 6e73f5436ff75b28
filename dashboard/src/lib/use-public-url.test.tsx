import { screen } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import { answering, renderWithQueries } from '@/testing/render'
import { usePublicUrl } from './use-public-url'

function Redirect() {
  return <output>{usePublicUrl()}/api/oauth/callback</output>
}

afterEach(() => vi.unstubAllGlobals())

it('is what the server says, not where the page is', async () => {
  const server = answering(() => ({
    status: 200,
    body: { success: true, data: { publicUrl: 'https://apiq.example' } },
  }))
  vi.stubGlobal('fetch', server.fetch)
  renderWithQueries(<Redirect />)
  expect(screen.getByRole('status').textContent).toBe(`${location.origin}/api/oauth/callback`)
  expect(await screen.findByText('https://apiq.example/api/oauth/callback')).toBeTruthy()
})
