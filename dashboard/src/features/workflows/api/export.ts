import { useState } from 'react'
import { api } from '@/lib/api/client'
import { saveFile } from '@/lib/save-file'

export type ExportFormat = 'apiq' | 'arazzo' | 'asl'

const SUFFIX: Record<ExportFormat, string> = { apiq: 'json', arazzo: 'arazzo.json', asl: 'asl.json' }

/** Fetches a workflow in a format and hands it to the browser as a file; what cannot be written comes back as the error. */
export function useExport(id: string) {
  const [error, setError] = useState<unknown>(null)
  async function save(format: ExportFormat) {
    setError(null)
    try {
      const { data, error } = await api.GET('/api/workflows/{id}/export', {
        params: { path: { id }, query: { format } },
        parseAs: 'text',
      })
      if (error) {
        setError(error)
        return
      }
      saveFile(`${id}.${SUFFIX[format]}`, String(data))
    } catch (failed) {
      setError(failed)
    }
  }
  return { save, error }
}
