import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How long the process may take until /api/health answers. */
const START = 30_000

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}

async function ready(url: string, process: ChildProcess, said: () => string): Promise<void> {
  const until = Date.now() + START
  while (Date.now() < until) {
    if (process.exitCode !== null) throw new Error(`apiq ended with ${process.exitCode}:\n${said()}`)
    const answer = await fetch(`${url}/api/health`).catch(() => null)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`apiq did not get ready in ${START} ms:\n${said()}`)
}

/**
 * Starts the real server, once for all tests, on a free port with a data folder of its own. APIQ_BIN names the binary
 * that was built before; APIQ_URL names a server that runs already. E2E_DNS is then the port at which it asks DNS, where a
 * test may answer.
 */
export default async function setup(): Promise<() => Promise<void>> {
  if (process.env.APIQ_URL) {
    process.env.E2E_URL = process.env.APIQ_URL
    return async () => {}
  }
  const binary = process.env.APIQ_BIN
  if (!binary) throw new Error('Set APIQ_BIN to the built apiq binary, or APIQ_URL to a server that runs.')
  const data = await mkdtemp(join(tmpdir(), 'apiq-e2e-'))
  const port = await freePort()
  const dns = String(await freePort())
  const url = `http://127.0.0.1:${port}`
  let output = ''
  const server = spawn(binary, ['serve'], {
    env: { ...process.env, APIQ_ADDR: `127.0.0.1:${port}`, APIQ_DATA: data, APIQ_DNS: `127.0.0.1:${dns}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const keep = (chunk: Buffer) => {
    output = (output + chunk).slice(-8000)
  }
  server.stdout.on('data', keep)
  server.stderr.on('data', keep)
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const stop = async () => {
    server.kill('SIGTERM')
    await ended
    await rm(data, { recursive: true, force: true })
  }
  try {
    await ready(url, server, () => output)
  } catch (error) {
    await stop()
    throw error
  }
  process.env.E2E_URL = url
  process.env.E2E_DNS = dns
  return stop
}
