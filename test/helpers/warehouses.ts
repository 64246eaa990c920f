/** Every warehouse that kinds must behave alike on. */

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection, Database } from '../../engine/db/connection.ts'
// Not by openDatabase: where mocha loads tests by require, a late import has an errors.ts of its own, and no `instanceof` holds
import { openDuckdb } from '../../engine/db/duckdb.ts'
import { openMysql } from '../../engine/db/mysql.ts'
import { openPostgres } from '../../engine/db/postgres.ts'
import { pathTo } from './paths.ts'
import type { PathName } from './paths.ts'
import { freshDatabase, freshPostgres, inSchema, SCHEMA } from './servers/index.ts'
import type { House } from './target.ts'
import { houseOf } from './target.ts'

interface Place {
  readonly url: string
  /** As who may do everything. */
  openAsAdmin(): Promise<Database>
  open(): Promise<Database>
  remove(): Promise<void>
}

const places: Readonly<Record<string, () => Promise<Place>>> = {
  async MariaDB() {
    const { url, adminUrl, drop } = await freshDatabase('kinds')
    return { url, open: () => openMysql(url), openAsAdmin: () => openMysql(adminUrl), remove: drop }
  },
  async PostgreSQL() {
    const { url, adminUrl, drop } = await freshPostgres('kinds')
    return { url, open: () => openPostgres(url), openAsAdmin: () => openPostgres(inSchema(adminUrl, SCHEMA)), remove: drop }
  },
  async DuckDB() {
    const folder = await mkdtemp(join(tmpdir(), 'starline-kinds-'))
    const url = `duckdb:${join(folder, 'warehouse.duckdb')}`
    return { url, open: () => openDuckdb(url), openAsAdmin: () => openDuckdb(url), remove: () => rm(folder, { recursive: true, force: true }) }
  },
}

/** What a test asks for: the warehouse, empty when the test begins. */
export interface Warehouse {
  readonly house: () => House
  /** How drawn rows come there. */
  readonly path: PathName
  readonly connection: () => Connection
  /** One more session, closed with the test. */
  readonly another: () => Promise<Connection>
  readonly database: () => Database
  /** For a configuration: the same database, opened once more. */
  readonly url: () => string
  /** Does what somebody else has done: whoever may do everything there. */
  readonly asAdmin: (...statements: readonly string[]) => Promise<void>
}

/** Describes a behaviour once for every warehouse. */
export const onEveryWarehouse = (title: string, tests: (warehouse: Warehouse) => void): void => describeOn(Object.keys(places), title, tests)

/** The same on further paths that drawn rows may take into a warehouse; so many loads must have gone by each. */
export function onEveryPath(title: string, least: Readonly<Partial<Record<Exclude<PathName, 'values'>, Readonly<Record<string, number>>>>>, tests: (warehouse: Warehouse) => void): void {
  onEveryWarehouse(title, tests)
  for (const path of ['stays', 'ranges', 'lands'] as const) for (const [name, loads] of Object.entries(least[path] ?? {})) describeOn([name], title, tests, path, loads)
}

/** Describes a behaviour once for every warehouse that is a server. */
export const onEveryServer = (title: string, tests: (warehouse: Warehouse) => void): void => describeOn(['MariaDB', 'PostgreSQL'], title, tests)

function describeOn(names: readonly string[], title: string, tests: (warehouse: Warehouse) => void, path: PathName = 'values', least = 0): void {
  for (const [name, place] of Object.entries(places).filter(([each]) => names.includes(each))) {
    describe(`${title} on ${name}${pathWords[path]}`, () => {
      let wentBy = 0
      let at: Place, database: Database, connection: Connection, house: House
      before(async () => {
        at = await place()
        database = await at.open()
      })
      beforeEach(async () => {
        connection = await database.connect()
        await clear(connection)
        house = houseOf(connection, pathTo(path, () => database.connect()))
      })
      const others: Connection[] = []
      afterEach(async () => {
        wentBy += house.wentBy()
        for (const session of [connection, ...others.splice(0)]) await session.close()
      })
      after(async () => {
        await database.close()
        await at.remove()
        assert.ok(wentBy >= least, `${wentBy} loads went this way, and not ${least}`)
      })
      const another = async (): Promise<Connection> => {
        const session = await database.connect()
        others.push(session)
        return session
      }
      const asAdmin = async (...statements: readonly string[]): Promise<void> => {
        const opened = await at.openAsAdmin()
        const session = await opened.connect()
        try {
          for (const sql of statements) await session.execute(sql)
        } finally {
          await session.close()
          await opened.close()
        }
      }
      tests({ house: () => house, path, connection: () => connection, another, database: () => database, url: () => at.url, asAdmin })
    })
  }
}

const pathWords: Readonly<Record<PathName, string>> = { values: '', stays: ', with rows that stay there', ranges: ', in ranges', lands: ', with rows that land' }

/** No database drops a table that others point at: those go first. */
async function clear(connection: Connection): Promise<void> {
  const tables = await connection.tablesLike('')
  const left: string[] = []
  for (const table of tables) await connection.execute(connection.dialect.dropTable(table)).catch(() => { left.push(table) })
  assert.ok(left.length === 0 || left.length < tables.length, `none of ${left.join(', ')} can be dropped`)
  if (left.length > 0) await clear(connection)
}
