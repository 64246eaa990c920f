import { DatabaseError } from '../../errors.ts'

const KEY_OVER_ROWS = /^ALTER TABLE (.+) ADD PRIMARY KEY \((.+)\)$/
const SEVERAL = /Data contains duplicates/

/** Of rows that break a key which is made over them DuckDB says that there are some, and of one that comes by itself which it is: here the two are the same. */
export async function namingDuplicate(error: unknown, sql: string, query: (sql: string) => Promise<readonly Record<string, unknown>[]>): Promise<unknown> {
  const [, table, columns] = KEY_OVER_ROWS.exec(sql) ?? []
  if (table === undefined || !(error instanceof DatabaseError) || !SEVERAL.test(error.why ?? '')) return error
  const [first] = await query(`SELECT ${columns} FROM ${table} GROUP BY ALL HAVING count(*) > 1 LIMIT 1`).catch(() => [])
  if (first === undefined) return error
  const key = Object.entries(first).map(([name, value]) => `${name}: ${String(value)}`).join(', ')
  return new DatabaseError(error.what, {
    ...error.where !== undefined && { where: error.where }, why: `Constraint Error: Duplicate key "${key}" violates primary key constraint.`, cause: error, code: 'Constraint', refusesRows: true,
  })
}
