import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { fireEvent, render, screen } from '@testing-library/react'
import { expect, it } from 'vitest'
import type { KeyStatus, Me } from '@/lib/api/types'
import { SessionContext } from '@/lib/session'
import { OwnKey } from './own-key'

const me = { user: { role: 'ADMIN' }, workspace: { id: 'wsp_1', name: 'Acme' } } as Me
const home = { own: false, master: 'arn:aws:kms:eu-central-1:1:key/home', keys: [], rotateAfterDays: 90 }

function show(keys: KeyStatus) {
  return render(
    <QueryClientProvider client={new QueryClient()}>
      <SessionContext value={me}>
        <OwnKey keys={keys} principal="arn:aws:iam::123456789012:root" />
      </SessionContext>
    </QueryClientProvider>,
  )
}

it('gives the policy that lets this installation in, for this workspace', () => {
  show(home)
  expect(screen.queryByRole('button', { name: 'Go back' })).toBeNull()
  fireEvent.click(screen.getByRole('button', { name: 'Bring a key' }))
  const policy = screen.getByText(/GenerateDataKey/).textContent ?? ''
  expect(JSON.parse(policy)).toMatchObject({
    Principal: { AWS: 'arn:aws:iam::123456789012:root' },
    Condition: { StringEquals: { 'kms:EncryptionContext:tenant': 'wsp_1' } },
  })
  expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Use it' }).disabled).toBe(true)
})

it('tells which key is in use, and the way back', () => {
  show({ ...home, own: true, master: 'arn:aws:kms:eu-central-1:2:key/theirs' })
  expect(screen.getByText('arn:aws:kms:eu-central-1:2:key/theirs')).toBeTruthy()
  expect(screen.getByRole('button', { name: 'Go back' })).toBeTruthy()
})
