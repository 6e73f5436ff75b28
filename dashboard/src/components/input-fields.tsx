import { Field, Input, Select } from '@/components/ui/field'
import type { InputField } from '@/lib/document'

interface InputFieldsProps {
  fields: InputField[]
  values: Record<string, string>
  faults: Record<string, string>
  onChange: (values: Record<string, string>) => void
}

/** A run's input as a form. */
export function InputFields({ fields, values, faults, onChange }: InputFieldsProps) {
  return (
    <div className="grid gap-3">
      {fields.map((field) => {
        const value = values[field.name] ?? field.initial
        const set = (next: string) => onChange({ ...values, [field.name]: next })
        const options = field.options ?? (field.type === 'boolean' ? ['true', 'false'] : undefined)
        return (
          <Field
            key={field.name}
            label={field.label}
            aside={field.required ? field.type : `${field.type}, optional`}
            hint={field.description}
            error={faults[field.name]}
          >
            {(control) =>
              options ? (
                <Select {...control} value={value} onChange={(event) => set(event.target.value)}>
                  <option value="">{field.required ? 'Choose…' : 'None'}</option>
                  {options.map((option) => (
                    <option key={option}>{option}</option>
                  ))}
                </Select>
              ) : (
                <Input {...control} value={value} onChange={(event) => set(event.target.value)} />
              )
            }
          </Field>
        )
      })}
    </div>
  )
}
