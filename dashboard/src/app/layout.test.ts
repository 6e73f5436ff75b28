import { describe, expect, it } from 'vitest'

const sources = import.meta.glob<string>('/src/**/*.{ts,tsx}', {
  query: '?raw',
  import: 'default',
  eager: true,
})

type Layer = 'shared' | 'feature' | 'app'

function layer(path: string): { layer: Layer; feature?: string } {
  const [, , first, second] = path.split('/')
  if (first === 'features') return { layer: 'feature', feature: second }
  if (first === 'app' || first === 'main.tsx') return { layer: 'app' }
  return { layer: 'shared' }
}

/** The absolute path that an import of ours names, or null for a package. */
function resolve(from: string, target: string): string | null {
  if (target.startsWith('@/')) return `/src/${target.slice(2)}`
  return target.startsWith('.') ? new URL(target, `file://${from}`).pathname : null
}

function imports(code: string): string[] {
  return [...code.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '')
}

/** shared → features → app, and no feature knows another. */
function breaks(from: string, to: string): boolean {
  const [here, there] = [layer(from), layer(to)]
  if (here.layer === 'shared') return there.layer !== 'shared'
  if (here.layer === 'feature')
    return there.layer === 'app' || (there.layer === 'feature' && there.feature !== here.feature)
  return false
}

describe('the layout', () => {
  it('sees what it judges', () => {
    expect(Object.keys(sources).length).toBeGreaterThan(80)
    expect(breaks('/src/lib/a.ts', '/src/features/chat/plan.ts')).toBe(true)
    expect(breaks('/src/features/chat/a.ts', '/src/features/audit/filter.ts')).toBe(true)
    expect(breaks('/src/features/chat/a.ts', '/src/app/router.tsx')).toBe(true)
    expect(breaks('/src/features/chat/a.ts', '/src/lib/format.ts')).toBe(false)
  })

  it('lets imports run from app to features to shared only', () => {
    const found = Object.entries(sources).flatMap(([from, code]) =>
      imports(code)
        .map((target) => resolve(from, target))
        .filter((to): to is string => to !== null && breaks(from, to))
        .map((to) => `${from} → ${to}`),
    )
    expect(found).toEqual([])
  })

  it('keeps zod behind the module that switches its compiler off', () => {
    const direct = Object.entries(sources)
      .filter(
        ([path, code]) =>
          path !== '/src/lib/zod.ts' && imports(code).some((target) => /^zod(\/|$)/.test(target)),
      )
      .map(([path]) => path)
    expect(direct).toEqual([])
  })
})
