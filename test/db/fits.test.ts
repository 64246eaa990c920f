import assert from 'node:assert/strict'
import { fits } from '../../engine/db/fits.ts'
import type { ValueType } from '../../engine/db/value-type.ts'

const TYPES: Readonly<Record<string, ValueType>> = {
  integer: { kind: 'integer', min: 0n, max: 255n },
  decimal: { kind: 'decimal', precision: 10, scale: 2 },
  whole: { kind: 'decimal', precision: 32, scale: 0 },
  double: { kind: 'float', bits: 64 },
  single: { kind: 'float', bits: 32 },
  boolean: { kind: 'boolean' },
  text: { kind: 'text', length: 10 },
  untyped: { kind: 'text', untyped: true },
  enum: { kind: 'enum', values: ['a'] },
  binary: { kind: 'binary' },
  date: { kind: 'date' },
  timestamp: { kind: 'timestamp', precision: 6 },
  time: { kind: 'time', precision: 0 },
  json: { kind: 'json' },
  uuid: { kind: 'uuid' },
  null: { kind: 'null' },
  other: { kind: 'other', name: 'GEOMETRY' },
}

/** Read a line as: from this, to each of those, and to no other. */
const GOES = `
  integer   | integer decimal whole double single boolean text untyped
  decimal   | decimal whole text untyped
  whole     | integer decimal whole text untyped
  double    | double
  single    | double single
  boolean   | boolean integer text untyped
  text      | text untyped enum json uuid
  untyped   | integer decimal whole double single boolean text untyped enum date timestamp time json uuid null
  enum      | enum text untyped
  binary    | binary
  date      | date timestamp text untyped
  timestamp | timestamp text untyped
  time      | time text untyped
  json      | json text untyped
  uuid      | uuid text untyped
  null      | integer decimal whole double single boolean text untyped enum binary date timestamp time json uuid null
  other     |
`

describe('fits', () => {
  for (const line of GOES.trim().split('\n')) {
    const [from = '', targets = ''] = line.split('|').map((part) => part.trim())
    it(`lets ${from} go to ${targets === '' ? 'nothing' : targets} alone`, () => {
      const reached = Object.entries(TYPES).filter(([, to]) => fits(TYPES[from]!, to) === undefined).map(([name]) => name)
      assert.deepEqual(reached.toSorted(), targets.split(' ').filter(Boolean).toSorted())
    })
  }

  const reasons = [
    ['decimal', 'integer', 'DECIMAL(10,2) does not go to an integer from 0 to 255: its digits after the point would be lost; '
      + 'CAST it in the source'],
    ['timestamp', 'date', 'a timestamp with 6 digits after the second does not go to a date: its time of day would be lost; '
      + 'CAST it in the source'],
    ['text', 'date', 'text of at most 10 characters does not go to a date; CAST it in the source'],
    ['untyped', 'binary', 'untyped text does not go to bytes; decode it in the source'],
    ['other', 'text', 'no load carries the type GEOMETRY; CAST it in the source'],
    ['integer', 'other', 'no load carries the type GEOMETRY; declare the column in another one'],
    ['null', 'other', 'no load carries the type GEOMETRY; declare the column in another one'],
  ] as const
  for (const [from, to, reason] of reasons) {
    it(`says why ${from} does not go to ${to}, and the way out`, () => { assert.equal(fits(TYPES[from]!, TYPES[to]!), reason) })
  }
})
