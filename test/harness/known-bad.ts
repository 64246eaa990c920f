/**
 * Ways to load that look right and are not, and one that is: the reader must catch all of the first, and never the last.
 * Each replaces the three tables of the star by those of another state.
 */

import type { Connection } from '../../engine/db/connection.ts'
import type { Row } from '../../engine/db/flow.ts'
import { declaredColumns } from '../../engine/etl/extract.ts'
import { mayWait, persistently } from '../../engine/publish/patience.ts'
import { NOBODY } from './content.ts'
import type { State } from './model.ts'
import { creates, tables } from './star.ts'
import type { Table } from './star.ts'

/**
 * `look` waits until the reader has looked once more: a step that leaves something to be seen need not be hit by chance.
 * `before` is the state that is replaced.
 */
export type Strategy = (connection: Connection, state: State, look: () => Promise<void>, before: State) => Promise<void>

/** What everybody writes first. */
const dropCreateLoad: Strategy = async (connection, state) => {
  for (const table of tables) {
    await connection.execute(connection.dialect.dropTable(table))
    await make(connection, table, table)
    await fill(connection, table, table, state)
  }
}

const truncateLoad: Strategy = async (connection, state) => {
  for (const table of tables) {
    await connection.execute(`TRUNCATE TABLE ${table}`)
    await fill(connection, table, table, state)
  }
}

/** Built aside, and then not swapped in one step. */
const twoRenames: Strategy = async (connection, state, look) => {
  for (const table of tables) {
    await aside(connection, table, state)
    await connection.execute(`ALTER TABLE ${table} RENAME TO ${table}_old`)
    await look()
    await connection.execute(`ALTER TABLE ${table}_new RENAME TO ${table}`)
    await connection.execute(connection.dialect.dropTable(`${table}_old`))
  }
}

const deleteInsert: Strategy = async (connection, state) => {
  for (const table of tables) {
    await connection.execute(`DELETE FROM ${table}`)
    await fill(connection, table, table, state)
  }
}

/** Each table in one atomic step of its own: never missing, empty or partial, and yet a star of two generations. */
const tableByTable: Strategy = async (connection, state) => {
  for (const table of tables) await aside(connection, table, state)
  for (const table of tables) await swap(connection, [table])
}

/** Its loader was overtaken by another one, and publishes all the same: nobody asks for a fence. */
const withoutFence: Strategy = async (connection, state, look, before) => {
  await oneSwap(connection, state, look, before)
  await look()
  await oneSwap(connection, before, look, before)
  await look()
  await oneSwap(connection, state, look, before)
}

/** The first star, where there is none to replace. */
export const makeStar: Strategy = dropCreateLoad

/** As the engine does it. */
export const oneSwap: Strategy = async (connection, state) => {
  for (const table of tables) await aside(connection, table, state)
  await swap(connection, tables)
}

export const knownBad: Readonly<Record<string, Strategy>> = {
  'drop, create, load': dropCreateLoad,
  'truncate, load': truncateLoad,
  'two renames': twoRenames,
  'delete and insert without a transaction': deleteInsert,
  'one swap for each table': tableByTable,
  'one swap without a fence': withoutFence,
}

async function aside(connection: Connection, table: Table, state: State): Promise<void> {
  await connection.execute(connection.dialect.dropTable(`${table}_new`))
  await make(connection, table, `${table}_new`)
  await fill(connection, table, `${table}_new`, state)
}

async function swap(connection: Connection, swapped: readonly Table[]): Promise<void> {
  for (const table of swapped) await connection.execute(connection.dialect.dropTable(`${table}_old`))
  const swaps = swapped.map((table) => ({ live: table, staging: `${table}_new`, old: `${table}_old`, definition: undefined }))
  const exchange = (): Promise<void> => connection.dialect.transactionalDdl ? connection.transaction(() => connection.swap(swaps)) : connection.swap(swaps)
  // A swap waits for its readers only so long before it lets them through, and is tried again.
  await persistently(exchange, 60_000, mayWait(connection))
}

async function make(connection: Connection, table: Table, name: string): Promise<void> {
  for (const sql of connection.dialect.createTable(creates[table].definition(), name, '')) await connection.execute(sql)
}

/** In bulk, as fast as the engine loads. */
async function fill(connection: Connection, table: Table, name: string, state: State): Promise<void> {
  const columns = declaredColumns(creates[table].definition(), connection.dialect)
  async function* batches(): AsyncGenerator<readonly Row[]> {
    yield rowsOf(table, state)
  }
  await connection.load({ table: name, columns }, batches())
}

const since = (i: number): string => `${1000 + i}-01-01 00:00:00`

/** The rows of a table, under keys that follow from the members. */
function rowsOf(table: Table, { shops, items, sales, path }: State): Row[] {
  const keyOf = (item: number): number => (item === NOBODY ? -1 : item * 1000 + (items.get(item)?.prices.length ?? 0))
  if (table === 'shop_dim') return [[-1, 0, 'Unknown', 0, 0], ...[...shops.values()].map(({ member: { id, name, size }, generation }) => [id, id, name, size, generation])]
  if (table === 'sale_fact') return sales.map(({ id, shop, item, amount }) => [id, shop === NOBODY ? -1 : shop, keyOf(item), path.at(-1) ?? 0, amount])
  return [
    [-1, 0, 'Unknown', 0, 0, since(0), null, true],
    ...[...items.values()].flatMap(({ member: { id, label }, generation, prices }) => prices.map((price, i): Row => {
      const current = i + 1 === prices.length
      return [id * 1000 + i + 1, id, label, price, generation, since(i), current ? null : since(i + 1), current]
    })),
  ]
}
