import { createHash } from 'node:crypto'

/** An advisory lock is a number, and one for the whole database: those of two schemas must not meet. */
export function lockNumber(database: string, schema: string, name: string): bigint {
  return createHash('sha256').update(`${database}\0${schema}\0${name}`).digest().readBigInt64BE()
}
