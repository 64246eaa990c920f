import type { Duplex } from 'node:stream'

/** A message is a letter, its length in four bytes without the letter, and what it says. */
const HEAD = 5
const ROW = 'D'.charCodeAt(0)
const READY = 'Z'.charCodeAt(0)
/** What the server's answer may begin with: that the portal stands, an error, or what it may say at any time. */
const FIRST: ReadonlySet<number | undefined> = new Set(Array.from('2ENSA', (letter) => letter.charCodeAt(0)))

/** Hears the fields of one row, which stand between these places. */
export type OnRow = (bytes: Buffer, begin: number, end: number) => void

/**
 * Hears the rows of the portal that is asked for next, before pg makes texts of them. Whatever else the server says pg
 * hears as ever, and all of it from the server's last word about the portal on.
 *
 * How pg listens to its socket is not part of its interface. Where it listens otherwise, or what comes first is no
 * beginning of an answer, it reads the rows itself.
 */
export function listenFirst(socket: Duplex, onRow: OnRow): void {
  const [theirs, ...others] = socket.listeners('data') as ((bytes: Buffer) => void)[]
  if (theirs === undefined || others.length > 0) return
  let waiting: Buffer[] = []
  let came = 0
  /** So many bytes are no whole message. */
  let tooFew = 0

  const leave = (bytes: Buffer): void => {
    socket.on('data', theirs)
    socket.off('data', ours)
    theirs(bytes)
  }
  const ours = (more: Buffer): void => {
    if (came === 0 && tooFew === 0 && !FIRST.has(more[0])) return leave(more)
    waiting.push(more)
    came += more.length
    if (came <= tooFew) return
    const bytes = waiting.length === 1 ? more : Buffer.concat(waiting, came)
    let at = 0
    tooFew = HEAD - 1
    while (bytes.length - at >= HEAD) {
      if (bytes[at] === READY) return leave(bytes.subarray(at))
      const length = 1 + bytes.readUInt32BE(at + 1)
      tooFew = length - 1
      if (bytes.length - at < length) break
      // Behind the head of a row stands the number of its fields, in two bytes.
      if (bytes[at] === ROW) onRow(bytes, at + HEAD + 2, at + length)
      else theirs(bytes.subarray(at, at + length))
      at += length
      tooFew = HEAD - 1
    }
    waiting = at === bytes.length ? [] : [bytes.subarray(at)]
    came = bytes.length - at
  }
  socket.on('data', ours)
  socket.off('data', theirs)
}
