import { DatabaseError, DataError } from '../../errors.ts'
import { tokenize } from '../../sql/tokens.ts'
import type { Runnable, Statement } from '../connection.ts'
import { floatText, hexLiteral, isWellFormed, literal } from './text.ts'

/** The texts to run, with their binds written in: knex's schema builder makes several. */
export function textsOf(runnable: Runnable): string[] {
  if (typeof runnable === 'string') return [runnable]
  if (!('toSQL' in runnable)) return [bound(runnable)]
  const built: unknown = runnable.toSQL()
  return (Array.isArray(built) ? built : [built]).map((each: { sql: string, bindings?: readonly unknown[] }) =>
    bound({ sql: each.sql, values: each.bindings ?? [] }))
}

/**
 * Writes the binds into the text. Not mysql2's own: it takes a `?` inside of "double quotes" or a # comment for a placeholder.
 *
 * @throws {DatabaseError} where there are more or fewer binds than placeholders
 */
export function bound({ sql, values = [] }: Statement): string {
  if (values.length === 0) return sql
  const places = tokenize(sql, 'mysql').tokens.filter((token) => token.kind === 'punctuation' && token.text === '?')
  if (places.length !== values.length) {
    throw new DatabaseError(`a statement has ${places.length} placeholders, and ${values.length} values were given for them`)
  }
  let text = ''
  let from = 0
  for (const [i, place] of places.entries()) {
    text += sql.slice(from, place.start) + bind(values[i])
    from = place.end
  }
  return text + sql.slice(from)
}

/** A value as an SQL literal; a list as its items between commas, for `IN (?)`. */
function bind(value: unknown): string {
  if (value === null) return 'NULL'
  if (typeof value === 'string') {
    if (!isWellFormed(value)) throw new DataError('a text that is bound to a statement has half of a surrogate pair in it')
    return literal(value)
  }
  if (typeof value === 'number') return floatText(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (value instanceof Date) return literal(value.toISOString().replace('T', ' ').replace('Z', ''))
  if (value instanceof Uint8Array) return hexLiteral(value)
  if (Array.isArray(value) && value.length > 0) return value.map(bind).join(', ')
  throw new DatabaseError(`a value of a statement can't be bound: ${value === undefined ? 'undefined' : Object.prototype.toString.call(value)}`)
}
