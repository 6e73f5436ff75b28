import { type FormEvent, useState } from 'react'
import { FailureNote } from '@/components/failure'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Field, Select, Textarea } from '@/components/ui/field'
import { $api } from '@/lib/api/client'
import { fieldMessage } from '@/lib/api/problem'
import type { DirectorySettings, Role } from '@/lib/api/types'
import { notify } from '@/lib/notify'
import { linesOf, ROLES, roleOf, rolesOf } from '../provider'

interface DirectoryRolesProps {
  directory: DirectorySettings
  onSaved: () => void
}

/** Which roles the directory's groups give. */
export function DirectoryRoles({ directory, onSaved }: DirectoryRolesProps) {
  const [groups, setGroups] = useState(() =>
    linesOf(Object.fromEntries(directory.groups.map(({ group, role }) => [group, role]))),
  )
  const [defaultRole, setDefaultRole] = useState(roleOf(directory.defaultRole))
  const save = $api.useMutation('put', '/api/admin/scim', {
    onSuccess: () => {
      notify('success', 'Saved. Members of these groups have their roles.')
      onSaved()
    },
  })

  function submit(event: FormEvent) {
    event.preventDefault()
    // What is no role is sent as it is: the API says so, and at which group.
    const body = {
      defaultRole,
      groups: Object.entries(rolesOf(groups)).map(([group, role]) => ({ group, role: role as Role })),
    }
    save.mutate({ body })
  }

  return (
    <Card className="p-4">
      <form noValidate onSubmit={submit} className="grid gap-3">
        <Field
          label="Roles by group"
          hint={
            directory.knownGroups.length > 0
              ? `One on a line: group = ADMIN, USER or AUDITOR. Groups that came: ${directory.knownGroups.slice(0, 20).join(', ')}`
              : 'One on a line: group = ADMIN, USER or AUDITOR. No group has come yet.'
          }
          error={fieldMessage(save.error, 'groups')}
        >
          {(field) => (
            <Textarea
              {...field}
              className="font-mono text-sm"
              placeholder="APIQ admins = ADMIN"
              value={groups}
              onChange={({ target }) => setGroups(target.value)}
            />
          )}
        </Field>
        <Field label="Role of everybody else" error={fieldMessage(save.error, 'defaultRole')}>
          {(field) => (
            <Select
              {...field}
              className="w-auto"
              value={defaultRole}
              onChange={({ target }) => setDefaultRole(roleOf(target.value))}
            >
              {ROLES.map((role) => (
                <option key={role} value={role}>
                  {role.toLowerCase()}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {save.error && <FailureNote error={save.error} />}
        <div>
          <Button type="submit" size="sm" pending={save.isPending}>
            Save roles
          </Button>
        </div>
      </form>
    </Card>
  )
}
