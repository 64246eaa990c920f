/** A small star in a warehouse that anything may be done to: schools, and sales that name them. */

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runWith } from '../../engine/run.ts'
import type { Connection } from '../../engine/db/connection.ts'
import { create, defineConfig, scd1, source, transaction } from '../../engine/index.ts'
import type { Config } from '../../engine/index.ts'
import type { BadRowRules } from '../../engine/etl/bad-rows.ts'
import { capturedIo } from '../cli/captured.ts'
import { inside } from '../helpers/inside.ts'
import { asAdmin, freshDatabase, freshPostgres } from '../helpers/servers/index.ts'

export const LOAD = ['--run_dimensions', '--run_facts']
export const schools = 'SELECT s.id AS school_id, s.name AS name, s.state AS state FROM school AS s'
export const sales = 'SELECT s.id AS sale_id, s.school_id AS school_id, s.amount AS amount FROM sale AS s'

/** What is different from the plain star. */
export interface Different {
  readonly schools?: string
  readonly sales?: string
  /** Text in the place of `name VARCHAR(20) NOT NULL`. */
  readonly name?: string
  /** No fact is active. */
  readonly withoutSale?: boolean
  /** What happens to rows that don't fit, of either. */
  readonly bad?: BadRowRules
}

interface Ran { readonly code: number; readonly said: string }

export interface Star {
  readonly warehouse: string
  /** The folder of the source's files. */
  readonly data: string
  run(different?: Different, argv?: readonly string[]): Promise<Ran>
  /** Runs and holds that all went well. */
  load(different?: Different, argv?: readonly string[]): Promise<void>
  /** Asks the warehouse. */
  rows(sql: string): Promise<readonly Record<string, unknown>[]>
  /** Does something to the warehouse that no run would do. */
  execute(...statements: string[]): Promise<void>
  /** Tables that are neither live nor the newest replaced one. */
  leftovers(): Promise<readonly string[]>
  /** Everything that readers see, as text. */
  live(): Promise<string>
  remove(): void
}

export const kinds = ['MariaDB', 'PostgreSQL', 'DuckDB'] as const
export type Kind = typeof kinds[number]

/** An empty warehouse, for its loader; DuckDB's is a file of this name in the folder. */
export async function freshWarehouse(kind: Kind, folder: string, name = 'warehouse'): Promise<string> {
  if (kind === 'DuckDB') return `duckdb:${join(folder, `${name}.duckdb`)}`
  return (await (kind === 'PostgreSQL' ? freshPostgres : freshDatabase)('bad')).url
}

export async function newStar(kind: Kind): Promise<Star> {
  const folder = mkdtempSync(join(tmpdir(), 'starline-bad-'))
  mkdirSync(join(folder, 'data'))
  writeFileSync(join(folder, 'data', 'school.csv'), 'id,name,state\n1,North,Ohio\n2,South,\n3,West,Utah\n')
  writeFileSync(join(folder, 'data', 'sale.csv'), 'id,school_id,amount\n1,1,10.50\n2,2,3.25\n3,9,1.00\n')
  const warehouse = await freshWarehouse(kind, folder)
  // Who does things to it by hand: on PostgreSQL the loader himself, who owns all.
  const byHand = kind === 'MariaDB' ? await asAdmin(warehouse) : warehouse
  const run = async (different: Different = {}, argv: readonly string[] = LOAD): Promise<Ran> => {
    const io = capturedIo()
    const code = await runWith(() => Promise.resolve({ default: configOf(folder, warehouse, different) }), argv, io)
    return { code, said: io.err.text() + io.out.text() }
  }
  return {
    warehouse, run, data: join(folder, 'data'),
    async load(different, argv) {
      const { code, said } = await run(different, argv)
      assert.equal(code, 0, said)
    },
    rows: (sql) => inside(warehouse, (session) => session.query(sql)),
    async execute(...statements) {
      await inside(byHand, async (session) => { for (const sql of statements) await session.execute(sql) })
    },
    async leftovers() {
      return (await inside(warehouse, (session) => session.tablesLike(''))).filter((name) => /__[a-np-z]\d+$/.test(name))
    },
    live: () => inside(warehouse, liveText),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export async function liveText(session: Connection): Promise<string> {
  const tables = (await session.tablesLike('')).filter((name) => !/^etl_|__[a-z]\d+$/.test(name))
  const contents = await Promise.all(tables.map(async (name) => [name, await session.query(`SELECT * FROM ${session.dialect.quote(name)}`)] as const))
  return contents.map(([name, rows]) => `${name}\n${rows.map((row) => JSON.stringify(row)).toSorted().join('\n')}`).join('\n')
}

export function configOf(folder: string, warehouse: string, different: Different): Config {
  const school = scd1({
    source: source<{ school_id: number; name: string; state: string | null }>(different.schools ?? schools),
    create: create<string>(`CREATE TABLE school_dim (
      school_key KEY,
      school_id INT NOT NULL,
      ${different.name ?? 'name VARCHAR(20) NOT NULL'},
      state VARCHAR(20)
    )`),
    key: 'school_key', lookup: ['school_id'], ...different.bad,
  })
  const sale = transaction({
    source: source<{ sale_id: number; school_id: number; amount: string }>(different.sales ?? sales),
    create: create<string>('CREATE TABLE sale_fact (sale_id INT NOT NULL, school_fk INT NOT NULL, amount DECIMAL(10,2), PRIMARY KEY (sale_id))'),
    keys: { school_fk: { of: school, by: 'school_id' } }, ...different.bad,
  })
  return defineConfig({ source: `files:${join(folder, 'data')}`, warehouse, logs: false, dimensions: { school }, facts: different.withoutSale === true ? {} : { sale } })
}
