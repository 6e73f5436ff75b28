/**
 * Stands in for `react-style-singleton`, which Radix uses to lock scrolling by a <style> element. The content security
 * policy refuses inline styles; a constructable style sheet does the same and is allowed.
 */
import { useEffect } from 'react'

interface Singleton {
  add(css: string): void
  remove(): void
}

export function stylesheetSingleton(): Singleton {
  let users = 0
  let sheet: CSSStyleSheet | null = null
  return {
    add(css) {
      if (users === 0) {
        sheet = new CSSStyleSheet()
        sheet.replaceSync(css)
        document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
      }
      users += 1
    },
    remove() {
      users -= 1
      if (users > 0 || !sheet) return
      const gone = sheet
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== gone)
      sheet = null
    },
  }
}

export function styleHookSingleton(): (css: string, isDynamic?: boolean) => void {
  const singleton = stylesheetSingleton()
  return (css, isDynamic) => {
    // biome-ignore lint/correctness/useExhaustiveDependencies: as in the original, a static sheet is set once
    useEffect(() => {
      singleton.add(css)
      return () => singleton.remove()
    }, [css && isDynamic])
  }
}

export function styleSingleton(): (props: { styles: string; dynamic?: boolean }) => null {
  const useStyle = styleHookSingleton()
  return function Sheet({ styles, dynamic }) {
    useStyle(styles, dynamic)
    return null
  }
}
