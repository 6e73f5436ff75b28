import { Plus, X } from 'lucide-react'
import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/field'
import type { Row } from '../auth'

interface RowsProps {
  label: string
  /** What one of them is called: "header". */
  noun: string
  rows: Row[]
  onChange: (rows: Row[]) => void
}

/** Names with secret values. */
export function Rows({ label, noun, rows, onChange }: RowsProps) {
  const setRow = (index: number, patch: Partial<Row>) =>
    onChange(rows.map((row, at) => (at === index ? { ...row, ...patch } : row)))
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1 font-medium text-sm">{label}</legend>
      {rows.map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
        <div key={index} className="flex gap-2">
          <Input
            aria-label={`Name of ${noun} ${index + 1}`}
            placeholder={noun === 'header' ? 'X-Tenant' : 'Name'}
            className="font-mono"
            value={row.name}
            onChange={(event) => setRow(index, { name: event.target.value })}
          />
          <Input
            aria-label={`Value of ${noun} ${index + 1}`}
            type="password"
            autoComplete="off"
            placeholder="Value"
            value={row.value}
            onChange={(event) => setRow(index, { value: event.target.value })}
          />
          <Button
            variant="ghost"
            size="icon"
            aria-label={`Remove ${noun} ${index + 1}`}
            disabled={rows.length === 1}
            onClick={() => onChange(rows.filter((_, at) => at !== index))}
          >
            <X aria-hidden />
          </Button>
        </div>
      ))}
      <div>
        <Button size="sm" onClick={() => onChange([...rows, { name: '', value: '' }])}>
          <Plus aria-hidden /> Add {noun}
        </Button>
      </div>
    </fieldset>
  )
}
