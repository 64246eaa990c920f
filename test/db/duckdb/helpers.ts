import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection, Database, LoadTarget } from '../../../engine/db/connection.ts'
import { openDuckdb } from '../../../engine/db/duckdb.ts'
import { valuesOf } from '../../../engine/db/flow.ts'
import type { Flow, Row } from '../../../engine/db/flow.ts'
import { readCreate } from '../../../engine/sql/create.ts'
import type { TableDefinition } from '../../../engine/sql/create.ts'

/** A folder that is gone after the test. */
export async function freshFolder(): Promise<{ readonly folder: string; end(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'starline-test-'))
  return { folder, end: () => rm(folder, { recursive: true, force: true }) }
}

/** A database in memory and a session with it. */
export async function inMemory(): Promise<{ readonly database: Database; readonly session: Connection; end(): Promise<void> }> {
  const database = await openDuckdb('duckdb::memory:')
  const session = await database.connect()
  return {
    database, session,
    async end() {
      await session.close()
      await database.close()
    },
  }
}

export async function rowsOf(flow: Flow): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of valuesOf(flow)) rows.push(...batch)
  return rows
}

export async function streamed(session: Connection, sql: string, values: readonly unknown[] = []): Promise<Row[]> {
  return rowsOf(await session.stream({ sql, values }))
}

// oxlint-disable-next-line typescript/require-await -- a source that has its rows ready
export async function* batches(...all: readonly (readonly Row[])[]): AsyncGenerator<readonly Row[]> {
  yield* all
}

/** Makes a table of a create, and says how it is loaded. */
export async function made(session: Connection, create: string, comment = ''): Promise<{ definition: TableDefinition; target: LoadTarget }> {
  const definition = readCreate(create)
  for (const sql of session.dialect.createTable(definition, definition.table, comment)) await session.execute(sql)
  const columns = definition.columns.map(({ name, type }) => ({ name, type: session.dialect.readType(type) }))
  return { definition, target: { table: definition.table, columns } }
}

export async function failureOf(work: Promise<unknown>): Promise<Error> {
  try {
    await work
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
  throw new Error('it did not fail')
}

/** Looks until it is so; a test that waits never sleeps for a fixed time. */
export async function eventually(isSo: () => boolean | Promise<boolean>, what: string, seconds = 20): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!await isSo()) {
    if (Date.now() > end) throw new Error(`never: ${what}`)
    await new Promise((resolve) => { setTimeout(resolve, 5) })
  }
}
