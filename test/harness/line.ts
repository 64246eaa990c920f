/** A door to a server, in this process, through which bytes go until they shall not: a line that can be cut. */

import { connect as dial, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { framesOf, sessionOf, sqlOf } from './frames.ts'
import type { Protocol } from './frames.ts'

/** Bytes go up to the server, and down from it. */
export type Way = 'up' | 'down'

export interface Cut {
  readonly way: Way
  /** So many bytes of that way come through. */
  readonly bytes: number
  /** At once, with a goodbye, or so that no byte comes through and nobody is told. */
  readonly how: 'reset' | 'closed' | 'silent'
  /** And the rest of the message in which the last of them is. */
  readonly whole: boolean
  /** Not that connection alone, but every one; new ones don't get through for so many milliseconds. */
  readonly outage?: number
}

/** A statement that went to the server. */
interface Sent {
  /** The server's number of the session. */
  readonly session: number
  readonly sql: string
}

export interface Line {
  /** As the server's, with the door's port. */
  readonly url: string
  /** Bytes that went through since it was armed, or healed. */
  readonly passed: Readonly<Record<Way, number>>
  /** From now on bytes are counted, until this happens. */
  arm(cut: Cut): void
  /** Everything as it was; every connection that is left is ended. True where it was cut. */
  heal(): boolean
  /** Told of every statement, as soon as it is on its way. */
  onSent: ((sent: Sent) => void) | undefined
  close(): Promise<void>
}

interface Link {
  readonly client: Socket
  readonly server: Socket
  /** Ways on which nothing comes through any more. */
  readonly silent: Set<Way>
  session: number
}

export async function lineTo(url: string): Promise<Line> {
  const target = new URL(url)
  const protocol: Protocol = target.protocol.startsWith('postgres') ? 'postgres' : 'mysql'
  const links = new Set<Link>()
  let armed: Cut | undefined
  let struck = false
  let outage: Cut | undefined
  let back: NodeJS.Timeout | undefined
  let passed = { up: 0, down: 0 }

  const door = createServer({ allowHalfOpen: true }, (client) => {
    const link: Link = { client, server: dial({ port: Number(target.port), host: target.hostname, allowHalfOpen: true }), silent: new Set(), session: 0 }
    links.add(link)
    if (outage !== undefined) cutLink(link, outage)
    for (const way of ['up', 'down'] as const) carry(link, way)
  })

  function carry(link: Link, way: Way): void {
    const [from, to] = way === 'up' ? [link.client, link.server] : [link.server, link.client]
    const frames = framesOf(protocol, way === 'up')
    from.on('error', () => {})
    to.on('drain', () => { from.resume() })
    from.on('data', (piece: Buffer) => {
      if (link.silent.has(way)) return
      const messages = frames.take(piece)
      const end = endOf(way, piece.length, messages)
      passed[way] += piece.length
      if (!to.write(end === undefined ? piece : piece.subarray(0, end))) from.pause()
      for (const { message, taken } of messages) if (taken <= (end ?? piece.length)) tell(link, way, message)
      if (end !== undefined) strike(link)
    })
    from.on('end', () => { if (!link.silent.has(way)) to.end() })
    from.on('close', () => {
      // On a silent line nobody hears that the other one is gone.
      if (!link.silent.has(way)) to.destroy()
      if (link.client.destroyed && link.server.destroyed) links.delete(link)
    })
  }

  /** Where in this piece the line is cut, if it is here. */
  function endOf(way: Way, length: number, messages: readonly { readonly taken: number }[]): number | undefined {
    if (armed === undefined || struck || armed.way !== way) return undefined
    const left = armed.bytes - passed[way]
    if (!armed.whole) return left < length ? Math.max(0, left) : undefined
    return messages.find(({ taken }) => taken >= left)?.taken
  }

  function tell(link: Link, way: Way, message: Buffer): void {
    if (way === 'down') {
      if (link.session === 0) link.session = sessionOf(protocol, message) ?? 0
      return
    }
    const sql = sqlOf(protocol, message)
    if (sql !== undefined) line.onSent?.({ session: link.session, sql })
  }

  function strike(link: Link): void {
    if (armed === undefined) return
    struck = true
    if (armed.outage === undefined) return cutLink(link, armed)
    outage = armed
    back = setTimeout(() => { outage = undefined }, armed.outage)
    for (const each of links) cutLink(each, armed)
  }

  function cutLink(link: Link, { how, way, outage: all }: Cut): void {
    const { client, server } = link
    if (how === 'reset') for (const socket of [client, server]) socket.resetAndDestroy()
    else if (how === 'closed') for (const socket of [client, server]) socket.end(() => { socket.destroy() })
    else for (const each of all === undefined ? [way] : ['up', 'down'] as const) link.silent.add(each)
  }

  const line: Line = {
    url: '',
    get passed() { return passed },
    onSent: undefined,
    arm(cut) {
      passed = { up: 0, down: 0 }
      armed = cut
      struck = false
    },
    heal() {
      clearTimeout(back)
      outage = undefined
      armed = undefined
      passed = { up: 0, down: 0 }
      for (const { client, server } of links) for (const socket of [client, server]) socket.destroy()
      return struck
    },
    close: () => new Promise((resolve) => {
      line.heal()
      door.close(() => resolve())
    }),
  }
  await new Promise<void>((resolve) => { door.listen(0, '127.0.0.1', resolve) })
  const address = door.address()
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = typeof address === 'object' ? String(address?.port) : ''
  return Object.assign(line, { url: through.href })
}
