import { fireEvent, render, screen } from '@testing-library/react'
import { useState } from 'react'
import { describe, expect, it } from 'vitest'
import { type AuthValues, NO_AUTH } from '../auth'
import { AuthFields } from './auth-fields'

const known = [
  { scope: 'read:pets', about: 'See pets' },
  { scope: 'write:pets', about: 'Change pets' },
]

function Form({ start, scopes }: { start: AuthValues; scopes: typeof known }) {
  const [values, setValues] = useState(start)
  return (
    <>
      <AuthFields values={values} onChange={setValues} suggested={[]} scopes={scopes} />
      <output>{values.scopes}</output>
    </>
  )
}

const field = () => screen.queryByLabelText(/^Scopes of the token/)

describe('the scopes of a token', () => {
  it('are typed or ticked', () => {
    render(<Form start={{ ...NO_AUTH, kind: 'BEARER' }} scopes={known} />)
    fireEvent.change(field() as HTMLElement, { target: { value: 'admin' } })
    fireEvent.click(screen.getByRole('checkbox', { name: /read:pets/ }))
    expect(screen.getByRole('status').textContent).toBe('admin read:pets')
    fireEvent.click(screen.getByRole('checkbox', { name: /read:pets/ }))
    expect(screen.getByRole('status').textContent).toBe('admin')
  })

  it('are asked for where the document has some, of a token only', () => {
    const { unmount } = render(<Form start={{ ...NO_AUTH, kind: 'BEARER' }} scopes={[]} />)
    expect(field()).toBeNull()
    unmount()
    render(<Form start={{ ...NO_AUTH, kind: 'API_KEY' }} scopes={known} />)
    expect(field()).toBeNull()
  })
})
