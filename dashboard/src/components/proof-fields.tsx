import { Field, Input } from './ui/field'

interface ProofFieldProps {
  label?: string
  hint?: string
  error?: string
  value: string
  onChange: (value: string) => void
}

/** The password that one has, for managers to fill. */
export function PasswordProof({ label = 'Password', hint, error, value, onChange }: ProofFieldProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(field) => (
        <Input
          {...field}
          type="password"
          value={value}
          onChange={(event) => onChange(event.target.value)}
          autoComplete="current-password"
        />
      )}
    </Field>
  )
}

interface CodeProofProps extends ProofFieldProps {
  /** It has digits only: a recovery code has letters. */
  digits?: boolean
}

/** A code of a second factor. */
export function CodeProof({ label = 'Code', hint, error, value, onChange, digits }: CodeProofProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(field) => (
        <Input
          {...field}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          inputMode={digits ? 'numeric' : undefined}
          autoComplete="one-time-code"
        />
      )}
    </Field>
  )
}
