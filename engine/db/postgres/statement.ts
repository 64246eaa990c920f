import { DatabaseError, DataError } from '../../errors.ts'
import { tokenize } from '../../sql/tokens.ts'
import type { Runnable, Statement } from '../connection.ts'
import { floatText, hex, storable } from './text.ts'

/** A statement as the server takes it: `$1` for the first value, and values as texts. */
export interface Native {
  readonly sql: string
  readonly values: readonly (string | null)[]
}

/** The statements of something runnable, one by one: knex's schema builder makes several. */
export function nativesOf(runnable: Runnable): Native[] {
  if (typeof runnable === 'string') return [{ sql: runnable, values: [] }]
  if (!('toSQL' in runnable)) return [native(runnable)]
  const built: unknown = runnable.toSQL()
  return (Array.isArray(built) ? built : [built]).map((one: Built) => {
    const { sql, bindings = [] } = one.toNative === undefined ? one : one.toNative()
    return { sql, values: bindings.map(textOf) }
  })
}

/** What knex has built; a schema's statements come without `toNative`, and without binds. */
interface Built {
  readonly sql: string
  readonly bindings?: readonly unknown[]
  toNative?(): { readonly sql: string, readonly bindings?: readonly unknown[] }
}

/**
 * Turns each `?` into `$1`, `$2`, …, but for those in strings, names and comments. A list stands for its items: `IN (?)`.
 *
 * @throws {DatabaseError} where there are more or fewer binds than placeholders
 */
export function native({ sql, values = [] }: Statement): Native {
  if (values.length === 0) return { sql, values: [] }
  const places = tokenize(sql, 'standard').tokens.filter((token) => token.kind === 'punctuation' && token.text === '?')
  if (places.length !== values.length) {
    throw new DatabaseError(`a statement has ${places.length} placeholders, and ${values.length} values were given for them`)
  }
  const binds: (string | null)[] = []
  let text = ''
  let from = 0
  for (const [at, place] of places.entries()) {
    const value = values[at]
    const items: readonly unknown[] = Array.isArray(value) && value.length > 0 ? value : [value]
    text += sql.slice(from, place.start) + items.map((item) => `$${binds.push(textOf(item))}`).join(', ')
    from = place.end
  }
  return { sql: text + sql.slice(from), values: binds }
}

/** A value as the text that the server reads as whatever the statement wants in its place. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return storable(value)
  if (typeof value === 'number') return floatText(value)
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (value instanceof Date) return value.toISOString().replace('T', ' ').replace('Z', '')
  if (value instanceof Uint8Array) return hex(value)
  throw new DataError(`a value of a statement can't be bound: ${Object.prototype.toString.call(value)}`)
}
