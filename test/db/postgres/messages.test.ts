import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import * as fc from 'fast-check'
import { ByteRows } from '../../../engine/db/postgres/byte-rows.ts'

/** A message of the server's: its letter, its length and what it says. */
function message(letter: string, ...said: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(5)
  head.write(letter, 'latin1')
  head.writeInt32BE(4 + Buffer.concat(said).length, 1)
  return Buffer.concat([head, ...said])
}

const number = (bytes: 2 | 4, value: number): Buffer => {
  const buffer = Buffer.alloc(bytes)
  buffer.writeIntBE(value, 0, bytes)
  return buffer
}

const field = (text: string | null): Buffer => text === null ? number(4, -1) : Buffer.concat([number(4, Buffer.byteLength(text)), Buffer.from(text)])
const row = (...fields: readonly (string | null)[]): Buffer => message('D', number(2, fields.length), ...fields.map(field))

/** Letters of the messages that pg's own listener was given. */
function lettersOf(bytes: Buffer): string {
  let letters = ''
  for (let at = 0; at < bytes.length; at += 1 + bytes.readUInt32BE(at + 1)) letters += bytes.toString('latin1', at, at + 1)
  return letters
}

const [TEXT, BPCHAR, TIMESTAMPTZ] = [25, 1042, 1184]

/** What becomes of these bytes, in pieces: the rows, and what pg hears. */
function heard(pieces: readonly Buffer[], oids: readonly number[], before?: (socket: PassThrough) => void): { rows: unknown[][], letters: string, listeners: number } {
  const socket = new PassThrough()
  const given: Buffer[] = []
  socket.on('data', (bytes: Buffer) => given.push(Buffer.from(bytes)))
  before?.(socket)
  const rows = new ByteRows(oids)
  rows.begin(socket)
  for (const piece of pieces) if (piece.length > 0) socket.emit('data', piece)
  return { rows: rows.take().rows(), letters: lettersOf(Buffer.concat(given)), listeners: socket.listenerCount('data') }
}

describe('the rows of a portal', () => {
  const [answered, suspended, ended, ready] = [message('2'), message('s'), message('C', Buffer.from('SELECT 3\0')), message('Z', Buffer.from('I'))]
  const notice = message('N', Buffer.from('SNOTICE\0\0'))
  const all = [answered, row('a', null), notice, row('', 'é😀'), suspended, row('x'.repeat(300), 'D'), ended, ready, row('pg', 'has'), suspended]
  const rows = [['a', null], ['', 'é😀'], ['x'.repeat(300), 'D']]

  it('are refused where a batch of them is larger than its places can say, and none becomes NULL', () => {
    const socket = new PassThrough().on('data', () => {})
    const large = new ByteRows([TEXT], 1_000)
    large.begin(socket)
    for (const bytes of [answered, row('a'.repeat(600)), row('b'.repeat(600)), row('c'), suspended]) socket.emit('data', bytes)
    assert.equal(large.came, 3)
    assert.throws(() => large.take(), /rows that come together have more than 1000 bytes/)
  })

  it('are heard as bytes and never by pg, which hears all else, and everything again after them', () => {
    assert.deepEqual(heard([Buffer.concat(all)], [TEXT, TEXT]), { rows, letters: '2NsCZDs', listeners: 1 })
  })

  it('are the same wherever what the network brings is cut', () => {
    const bytes = Buffer.concat(all)
    assert.deepEqual(heard(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)), [TEXT, TEXT]), { rows, letters: '2NsCZDs', listeners: 1 })
    fc.assert(fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
      const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
      assert.deepEqual(heard(edges.slice(1).map((end, i) => bytes.subarray(edges[i], end)), [TEXT, TEXT]), { rows, letters: '2NsCZDs', listeners: 1 })
    }), { numRuns: 200 })
  })

  it('end where their value does, and not where the server fills them up', () => {
    const given = [answered, row('ab  ', '2024-01-01 00:00:00+00'), row('   ', '0044-03-15 00:00:00+00 BC'), row(null, null), row('', 'infinity')]
    assert.deepEqual(heard(given, [BPCHAR, TIMESTAMPTZ]).rows, [['ab', '2024-01-01 00:00:00'], ['', '0044-03-15 00:00:00 BC'], [null, null], ['', 'infinity']])
  })

  it('are left to pg where somebody else listens too, or what comes first is no answer', () => {
    assert.deepEqual(heard([answered, row('a', 'b'), ready], [TEXT, TEXT], (socket) => socket.on('data', () => {})), { rows: [], letters: '2DZ', listeners: 2 })
    assert.deepEqual(heard([row('a', 'b'), ready], [TEXT, TEXT]), { rows: [], letters: 'DZ', listeners: 1 })
  })

  it('come in time also where one of them is long', () => {
    const long = row('x'.repeat(64 << 20), null)
    const begun = performance.now()
    const pieces = Array.from({ length: Math.ceil(long.length / 65_536) }, (_, i) => long.subarray(i * 65_536, (i + 1) * 65_536))
    const [[text] = []] = heard([answered, ...pieces, ready], [TEXT, TEXT]).rows
    assert.equal(String(text).length, 64 << 20)
    assert.ok(performance.now() - begun < 5_000, 'a megabyte costs as much as the one before it')
  })
})
