import { createSocket } from 'node:dgram'

const [TXT, IN] = [16, 1]
/** A header that answers with recursion; with it, a name that there is not. */
const [FOUND, UNKNOWN] = [0x8180, 0x8183]

/**
 * A DNS server on the port that the server under test asks, with these text records by name. It knows no other type.
 */
export async function startDNS(records: Map<string, string>): Promise<() => Promise<void>> {
  const socket = createSocket('udp4')
  socket.on('message', (asked, from) => {
    const labels: string[] = []
    let at = 12
    for (let length = asked[at] ?? 0; length > 0; length = asked[at] ?? 0) {
      labels.push(asked.toString('latin1', at + 1, at + 1 + length))
      at += 1 + length
    }
    const question = asked.subarray(12, at + 5)
    const value = records.get(labels.join('.').toLowerCase())
    const header = Buffer.alloc(12)
    asked.copy(header, 0, 0, 2)
    header.writeUInt16BE(value === undefined ? UNKNOWN : FOUND, 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(value === undefined ? 0 : 1, 6)
    const parts = [header, question]
    if (value !== undefined) {
      const answer = Buffer.alloc(12)
      answer.writeUInt16BE(0xc00c, 0) // the question's name
      answer.writeUInt16BE(TXT, 2)
      answer.writeUInt16BE(IN, 4)
      answer.writeUInt16BE(value.length + 1, 10)
      parts.push(answer, Buffer.from([value.length]), Buffer.from(value, 'latin1'))
    }
    socket.send(Buffer.concat(parts), from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(Number(process.env.E2E_DNS), '127.0.0.1', resolve))
  return () => new Promise((resolve) => socket.close(() => resolve()))
}
