import { useEffect } from 'react'

/** Names the document after the page, for tabs, history and readers. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · APIQ`
  }, [title])
}
