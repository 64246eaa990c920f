/** As little of PgBouncer as shows what its transaction mode does: each transaction goes to another session of the server's. */

import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { framesOf } from '../harness/frames.ts'

const READY = 'Z'.charCodeAt(0)
const IDLE = 'I'.charCodeAt(0)

/** A pooler with two sessions for each client, in turn, once so many transactions have gone to the first one. The server must ask for no password. */
export async function poolerOf(url: string, alone = 0): Promise<{ readonly url: string, close(): Promise<void> }> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const sessions = [0, 1].map(() => connect(Number(target.port), target.hostname))
    const greeted = new Set<Socket>()
    let isFirst = true
    let at = 0
    for (const socket of [client, ...sessions]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => { for (const each of [client, ...sessions]) each.destroy() })
    }
    client.on('data', (bytes) => {
      for (const session of isFirst ? sessions : [sessions[Math.max(0, at - alone) % 2]]) session?.write(bytes)
      isFirst = false
    })
    for (const session of sessions) {
      const frames = framesOf('postgres', false)
      session.on('data', (bytes) => {
        for (const { message } of frames.take(bytes)) {
          const isReady = message[0] === READY
          // Both are logged in; the client hears of the first one alone.
          if (greeted.has(session) || session === sessions[0]) client.write(message)
          if (isReady && greeted.has(session) && message[5] === IDLE) at += 1
          if (isReady) greeted.add(session)
        }
      })
    }
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const through = new URL(url)
  const address = server.address()
  through.port = typeof address === 'object' ? String(address?.port) : ''
  return {
    url: through.href,
    close: () => new Promise((resolve) => {
      for (const socket of sockets) socket.destroy()
      server.close(() => resolve())
    }),
  }
}
