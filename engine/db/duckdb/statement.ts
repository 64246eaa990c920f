import type { DuckDBPreparedStatement } from '@duckdb/node-api'
import { DataError } from '../../errors.ts'
import type { Runnable, Statement } from '../connection.ts'

/** The statements of something runnable, one by one. */
export function statementsOf(runnable: Runnable): Statement[] {
  if (typeof runnable === 'string') return [{ sql: runnable }]
  if (!('toSQL' in runnable)) return [runnable]
  const built: unknown = runnable.toSQL()
  return (Array.isArray(built) ? built : [built]).map((one: Built) => {
    const { sql, bindings } = one.toNative === undefined ? one : one.toNative()
    return { sql, values: bindings ?? [] }
  })
}

/** What knex has built; a schema's statements come without `toNative`. */
interface Built {
  readonly sql: string
  readonly bindings?: readonly unknown[]
  toNative?(): { readonly sql: string; readonly bindings?: readonly unknown[] }
}

/** Binds values in order; a text is cast to whatever the statement compares it with. */
export function bind(prepared: DuckDBPreparedStatement, values: readonly unknown[]): void {
  if (prepared.parameterCount !== values.length) {
    throw new DataError(`the statement has ${prepared.parameterCount} placeholders, and ${values.length} values were given`)
  }
  values.forEach((value, at) => bindOne(prepared, at + 1, value))
}

function bindOne(prepared: DuckDBPreparedStatement, at: number, value: unknown): void {
  if (value === null || value === undefined) prepared.bindNull(at)
  else if (typeof value === 'string') prepared.bindVarchar(at, wellFormed(value))
  else if (typeof value === 'boolean') prepared.bindBoolean(at, value)
  else if (typeof value === 'bigint') bindInteger(prepared, at, value)
  else if (typeof value === 'number') bindNumber(prepared, at, value)
  else if (value instanceof Uint8Array) prepared.bindBlob(at, value)
  else if (value instanceof Date) prepared.bindVarchar(at, value.toISOString().replace('T', ' ').replace('Z', ''))
  else throw new DataError(`a bind of the type ${typeof value} has no value in SQL`)
}

function bindNumber(prepared: DuckDBPreparedStatement, at: number, value: number): void {
  if (Number.isSafeInteger(value)) bindInteger(prepared, at, BigInt(value))
  else prepared.bindDouble(at, value)
}

function bindInteger(prepared: DuckDBPreparedStatement, at: number, value: bigint): void {
  if (BigInt.asIntN(32, value) === value) prepared.bindInteger(at, Number(value))
  else if (BigInt.asIntN(64, value) === value) prepared.bindBigInt(at, value)
  else prepared.bindHugeInt(at, value)
}

function wellFormed(text: string): string {
  if ((text as string & { isWellFormed(): boolean }).isWellFormed()) return text
  throw new DataError('a bind holds half of a surrogate pair', { why: JSON.stringify(text.slice(0, 80)) })
}
