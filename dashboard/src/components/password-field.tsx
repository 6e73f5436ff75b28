import { $api } from '@/lib/api/client'
import { passwordAdvice } from '@/lib/password-advice'
import { Field, Input } from './ui/field'

interface PasswordFieldProps {
  value: string
  onChange: (value: string) => void
  label?: string
  error?: string
}

const TONES = ['bg-line-strong', 'bg-bad', 'bg-warn', 'bg-ok']

/** A new password, with a hint of how long it would be guessed for. The server decides. */
export function PasswordField({ value, onChange, label = 'New password', error }: PasswordFieldProps) {
  const options = $api.useQuery('get', '/api/auth/options')
  const least = options.data?.data.minPassword ?? 10
  const { level, words } = passwordAdvice(value, least)
  return (
    <Field label={label} hint={words} error={error}>
      {(field) => (
        <>
          <Input
            {...field}
            type="password"
            autoComplete="new-password"
            className="h-10"
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
          <span aria-hidden className="mt-0.5 grid grid-cols-3 gap-1">
            {[1, 2, 3].map((step) => (
              <span key={step} className={`h-1 rounded-full ${level >= step ? TONES[level] : 'bg-sunken'}`} />
            ))}
          </span>
        </>
      )}
    </Field>
  )
}
