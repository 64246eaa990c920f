import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Io } from './terminal.ts'

/**
 * Asks a yes-or-no question on standard error; anything but yes is no, and so is the end of the input.
 *
 * Ctrl-C at the question is passed on: the terminal is in raw mode then, so no signal comes by itself.
 */
export async function confirm(io: Io, question: string, signal: AbortSignal, onInterrupt: () => void): Promise<boolean> {
  if (io.keyboard === undefined) return false
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      io.err.write(chunk.toString())
      done()
    },
  })
  const asking = createInterface({ input: io.keyboard, output, terminal: true })
  try {
    asking.on('SIGINT', onInterrupt)
    const ended = new Promise<string>((resolve) => { asking.once('close', () => resolve('')) })
    const answer = await Promise.race([asking.question(`${question} [y/N] `, { signal }), ended])
    return /^\s*y(es)?\s*$/i.test(answer)
  } finally {
    asking.close()
  }
}
