// Fails when a first view weighs more than its bar. A view weighs what the browser must fetch before it can draw:
// scripts and styles with all static imports, gzipped. The entry is its scripts. Fonts load beside and are not counted.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const KB = 1000
const BARS = { entry: 120, login: 170, other: 210 }
const dist = new URL('../dist/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'))

const weights = new Map()
function weigh(file) {
  if (!weights.has(file)) weights.set(file, gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length)
  return weights.get(file)
}

function closure(keys) {
  const files = new Set()
  const seen = new Set()
  const visit = (key) => {
    if (seen.has(key)) return
    seen.add(key)
    const chunk = manifest[key]
    if (!chunk) throw new Error(`the manifest has no ${key}`)
    files.add(chunk.file)
    for (const css of chunk.css ?? []) files.add(css)
    for (const imported of chunk.imports ?? []) visit(imported)
  }
  for (const key of keys) visit(key)
  return [...files]
}

const total = (keys) => closure(keys).reduce((sum, file) => sum + weigh(file), 0) / KB

const routes = 'src/app/routes/'
const split = (route) => `${routes}${route}.tsx?tsr-split=component`
const pages = Object.keys(manifest)
  .filter((key) => key.startsWith(`${routes}_`) && key.endsWith('?tsr-split=component'))
  .map((key) => key.slice(routes.length, -'.tsx?tsr-split=component'.length))
  .filter((route) => route.includes('/'))
if (pages.length === 0) throw new Error('no page found in the manifest')

const scripts = closure(['index.html']).filter((file) => file.endsWith('.js'))
const rows = [['entry', scripts.reduce((sum, file) => sum + weigh(file), 0) / KB, BARS.entry]]
for (const page of pages.sort()) {
  const layout = page.split('/')[0]
  rows.push([
    page,
    total(['index.html', split(layout), split(page)]),
    page === '_auth/login' ? BARS.login : BARS.other,
  ])
}

let failed = false
for (const [name, size, bar] of rows) {
  const over = size > bar
  failed ||= over
  console.log(`${over ? 'OVER' : 'ok  '}  ${name.padEnd(24)} ${size.toFixed(1).padStart(6)} kB of ${bar}`)
}
process.exit(failed ? 1 : 0)
