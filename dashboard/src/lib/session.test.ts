import { expect, it } from 'vitest'
import { type Ability, roleCan } from './session'

const table: [string, Record<Ability, boolean>][] = [
  ['USER', { change: true, audit: false, stats: false, admin: false }],
  ['ADMIN', { change: true, audit: true, stats: true, admin: true }],
  ['AUDITOR', { change: false, audit: true, stats: true, admin: false }],
]

it.each(table)('shows %s what the contract lets the role do', (role, abilities) => {
  for (const ability of Object.keys(abilities) as Ability[])
    expect(roleCan(role, ability)).toBe(abilities[ability])
})
