import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import { tanstackRouter } from '@tanstack/router-plugin/vite'
import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/**
 * Sonner injects its style sheet as a <style> element on import, which `style-src 'self'` refuses. The same sheet is
 * imported as a file (src/styles/main.css), so the call goes.
 */
function sonnerWithoutInjectedStyle(): Plugin {
  return {
    name: 'apiq:sonner-css',
    enforce: 'pre',
    transform(code, id) {
      if (!/\/sonner\/dist\/index\.mjs/.test(id)) return null
      const stripped = code.replace(/^__insertCSS\(.*\);?$/m, '')
      if (stripped === code) throw new Error('sonner changed: its injected style sheet was not found')
      return { code: stripped, map: null }
    },
  }
}

const api = process.env.APIQ_PROXY ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [
    tanstackRouter({
      target: 'react',
      autoCodeSplitting: true,
      routesDirectory: './src/app/routes',
      generatedRouteTree: './src/app/route-tree.gen.ts',
      tmpDir: './node_modules/.cache/tanstack',
      quoteStyle: 'single',
      semicolons: false,
    }),
    react(),
    tailwindcss(),
    sonnerWithoutInjectedStyle(),
  ],
  resolve: {
    alias: { '@': path('./src') },
  },
  // Strict CSP: no data: scripts or fonts, no inline polyfill.
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false }, target: 'es2022', manifest: true },
  optimizeDeps: { exclude: ['sonner'] },
  server: { host: '127.0.0.1', proxy: { '/api': api, '/hooks': api } },
  preview: { host: '127.0.0.1', proxy: { '/api': api, '/hooks': api } },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['./src/testing/setup.ts'],
    css: false,
  },
})
