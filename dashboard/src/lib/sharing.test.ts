import { expect, it } from 'vitest'
import { mayDelete, mayDo, type Sharing, sharingLabel } from './sharing'

const table: [string, Sharing, string | undefined, boolean, boolean][] = [
  ['open to all', { may: 'edit', access: { everyone: 'edit' } }, undefined, true, true],
  ['private, for its owner', { may: 'manage', access: { everyone: 'none' } }, 'Private', true, true],
  [
    'shared by name, for its owner',
    { may: 'manage', access: { everyone: 'none', people: [{ userId: 'usr_1', may: 'use' }] } },
    'Shared with some',
    true,
    true,
  ],
  [
    'shared with its reader for use',
    { may: 'use', access: { everyone: 'none' } },
    'Shared with you',
    false,
    false,
  ],
  [
    'shared with its reader to edit',
    { may: 'edit', access: { everyone: 'none' } },
    'Shared with you',
    true,
    false,
  ],
  ['for everyone to use', { may: 'use', access: { everyone: 'use' } }, 'Everyone may use it', false, false],
  ['private, for an auditor', { access: { everyone: 'none' } }, 'Private', true, true],
]

it.each(table)('%s', (_, sharing, label, edits, deletes) => {
  expect(sharingLabel(sharing)).toBe(label)
  expect(mayDo(sharing, 'edit')).toBe(edits)
  expect(mayDelete(sharing)).toBe(deletes)
})
