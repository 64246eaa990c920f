import type { Connection } from '../db/connection.ts'
import { DatabaseError, DataError } from '../errors.ts'
import type { TableDefinition } from '../sql/create.ts'
import { valueWords } from './load.ts'

/** So many columns of a row are told. */
const TOLD = 6

/**
 * Two rows of a table that bring one key of its create, in words: asked where the table's keys could not be made over its rows,
 * which are all there. Undefined where there are none, or where the table can't be asked.
 */
async function doubledRows(session: Connection, { columns, primaryKey, uniques }: TableDefinition, table: string): Promise<string | undefined> {
  const { quote } = session.dialect
  const list = (names: readonly string[]): string => names.map(quote).join(', ')
  try {
    for (const key of [primaryKey, ...uniques].filter((names) => names.length > 0)) {
      const told = [...key, ...columns.map(({ name }) => name).filter((name) => !key.includes(name))].slice(0, Math.max(TOLD, key.length))
      const same = key.map((name) => `s.${quote(name)} = d.${quote(name)}`).join(' AND ')
      const rows = await session.query(`SELECT ${told.map((name) => `s.${quote(name)}`).join(', ')} FROM ${quote(table)} AS s
        JOIN (SELECT ${list(key)} FROM ${quote(table)} GROUP BY ${list(key)} HAVING COUNT(*) > 1 ORDER BY ${list(key)} LIMIT 1) AS d ON ${same}
        ORDER BY ${told.map((_, i) => i + 1).join(', ')} LIMIT 2`)
      if (rows.length > 1) return rows.map((row) => `(${told.map((name) => `${name} ${valueWords(row[name])}`).join(', ')})`).join(' and ')
    }
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
  }
  return undefined
}

/** What a database said of rows that a key refuses, with two of them. */
export async function withDoubled(error: unknown, session: Connection, definition: TableDefinition, table: string): Promise<unknown> {
  const isRefused = error instanceof DataError || (error instanceof DatabaseError && error.refusesRows && !error.transient)
  const rows = isRefused && session.isOpen ? await doubledRows(session, definition, table) : undefined
  if (!isRefused || rows === undefined) return error
  return new DatabaseError(error.what, { refusesRows: true, why: `${(error.why ?? error.what).replace(/\.$/, '')}: there are ${rows}`, cause: error, ...error.where !== undefined && { where: error.where } })
}
