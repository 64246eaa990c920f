/** Where the messages of a database's protocol end in a stream of bytes, and what a client asks for in them. */

export type Protocol = 'mysql' | 'postgres'

/** Takes one direction of one connection, piece by piece. */
export interface Frames {
  /** The messages that end in this piece: what is in each, and how many bytes of the piece were taken with it. */
  take(piece: Buffer): { readonly message: Buffer; readonly taken: number }[]
}

export function framesOf(protocol: Protocol, fromClient: boolean): Frames {
  let rest: Buffer = Buffer.alloc(0)
  let isFirst = fromClient
  const sizeOf = (bytes: Buffer): number => {
    if (protocol === 'mysql') return bytes.length < 4 ? Infinity : 4 + bytes.readUIntLE(0, 3)
    // A client's first message has no type.
    if (isFirst) return bytes.length < 4 ? Infinity : bytes.readUInt32BE(0)
    return bytes.length < 5 ? Infinity : 1 + bytes.readUInt32BE(1)
  }
  return {
    take(piece) {
      const before = rest.length
      rest = before === 0 ? piece : Buffer.concat([rest, piece])
      const found: { message: Buffer; taken: number }[] = []
      let at = 0
      for (let size = sizeOf(rest); at + size <= rest.length; size = sizeOf(rest.subarray(at))) {
        at += size
        isFirst = false
        found.push({ message: rest.subarray(at - size, at), taken: at - before })
      }
      rest = rest.subarray(at)
      return found
    },
  }
}

const COM_QUERY = 3

/** The SQL that a client's message asks for, if it asks for any. */
export function sqlOf(protocol: Protocol, message: Buffer): string | undefined {
  if (protocol === 'mysql') return message[3] === 0 && message[4] === COM_QUERY ? message.toString('utf8', 5) : undefined
  const type = String.fromCharCode(message[0] ?? 0)
  // A simple query; or one that is prepared, behind the name under which it is.
  if (type === 'Q') return message.toString('utf8', 5, message.length - 1)
  if (type !== 'P') return undefined
  const begin = message.indexOf(0, 5) + 1
  return message.toString('utf8', begin, message.indexOf(0, begin))
}

/** The server's number for a session, from the message in which it says so. */
export function sessionOf(protocol: Protocol, message: Buffer): number | undefined {
  if (protocol === 'postgres') return message[0] === 'K'.charCodeAt(0) && message.length === 13 ? message.readUInt32BE(5) : undefined
  // The greeting: the protocol's version, the server's as a text, and the number.
  if (message[3] !== 0 || message[4] !== 10) return undefined
  const end = message.indexOf(0, 5)
  return end === -1 || end + 5 > message.length ? undefined : message.readUInt32LE(end + 1)
}
