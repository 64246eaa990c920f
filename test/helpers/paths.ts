/** How the rows that a test has drawn come into the warehouse: the same cases hold on every path. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection } from '../../engine/db/connection.ts'
import { openFiles } from '../../engine/db/files.ts'
import { staysPut } from '../../engine/db/flow.ts'
import type { AnyFlow, FurtherRange } from '../../engine/db/flow.ts'
import type { Etl, Target } from '../../engine/etl/etl.ts'
import { source } from '../../engine/source/sql.ts'
import { create } from '../../engine/sql/define-create.ts'
import { tuplesOf } from './drawn.ts'
import type { Drawn, DrawnValue } from './drawn.ts'
import { flowOf } from './drawn-flow.ts'

/**
 * `values`: as batches of rows. `stays`: as a table in the warehouse's own server, or a file that DuckDB reads, if the kind takes them so.
 * `ranges`: as three flows side by side. `lands`: as if no member at all could be held in memory.
 */
export type PathName = 'values' | 'stays' | 'ranges' | 'lands'

export interface Path {
  readonly name: PathName
  /** The rows, if they can go this way; else they are read. */
  flow?(etl: Etl, rows: Drawn, target: Target): Promise<AnyFlow | undefined>
  /** What a load is told of it. */
  readonly more?: Partial<Target>
  /** A load has ended: whatever it read is closed. */
  end?(): Promise<void>
}

/** Opens a path into a warehouse; `connect` gives one more session with it. */
export function pathTo(name: PathName, connect: () => Promise<Connection>): Path {
  if (name === 'stays') return staying(connect)
  if (name === 'lands') return { name, more: { mostMembers: 0 } }
  if (name === 'values') return { name }
  return { name, more: { beside: (_, work) => using(connect, work) }, flow: async (etl, rows, { connection }) => (etl.takesRanges === true ? inParts(rows, connection) : undefined) }
}

async function using<T>(connect: () => Promise<Connection>, work: (session: Connection) => Promise<T>): Promise<T> {
  const session = await connect()
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}

function inParts({ columns, rows }: Drawn, connection: Connection): AnyFlow {
  const third = Math.ceil(rows.length / 3)
  const [first, ...others] = [0, 1, 2].map((i) => flowOf({ columns, rows: rows.slice(i * third, (i + 1) * third) }, connection))
  const parts = others.map((flow, i): FurtherRange => ({ terms: { range: i + 1, condition: '', words: { by: 'id', values: '1 to 2' }, statement: '' }, open: async () => flow, leave: async () => {} }))
  return { ...first!, others: parts }
}

const TABLE = 'drawn_rows'

function staying(connect: () => Promise<Connection>): Path {
  const opened: (() => Promise<void>)[] = []
  const path: Path = {
    name: 'stays',
    async flow(etl, rows, target) {
      const { connection } = target
      const isFile = connection.dialect.name === 'duckdb'
      if (etl.whyRead === undefined || (!isFile && rows.columns.some(({ type }) => type === 'UNTYPED'))) return undefined
      const from = isFile ? await fileOf(rows, opened) : await tableOf(rows, target, connect, opened)
      const columns = rows.columns.map(({ name, type }) => {
        const column = connection.dialect.quote(name)
        return isFile && !/^(VARCHAR|UNTYPED|TEXT|JSON)/.test(type) ? `CAST(${column} AS ${type}) AS ${column}` : column
      })
      const asked = source<Record<string, unknown>>(`SELECT ${columns.join(', ')} FROM ${TABLE}`)
      const flow = await asked.relate?.({ connect: async () => from, binds: {}, idleSeconds: 20, signal: target.signal, onClose() {} }, connection)
      if (typeof flow !== 'object') return undefined
      const why = etl.whyRead(flow, { ...target, dialect: connection.dialect })
      return why === undefined && staysPut(flow) ? flow : undefined
    },
    async end() { for (const close of opened.splice(0).toReversed()) await close() },
  }
  return path
}

/** The rows as a table beside the warehouse's own; a text is as long as the create has it, if all of them are, for only then is it sure to fit. */
async function tableOf(rows: Drawn, { connection, columns }: Target, connect: () => Promise<Connection>, opened: (() => Promise<void>)[]): Promise<Connection> {
  const { dialect } = connection
  const typeOf = (name: string, type: string, value: readonly DrawnValue[]): string => {
    const into = columns.find((column) => column.name === name)?.type
    const length = type === 'VARCHAR(255)' && into?.kind === 'text' ? into.length : undefined
    return length !== undefined && value.every((text) => typeof text !== 'string' || Array.from(text).length <= length) ? `VARCHAR(${length})` : type
  }
  const types = rows.columns.map(({ name, type }) => ({ name, type: typeOf(name, type, rows.rows.map((row) => row[name] ?? null)) }))
  const session = await connect()
  opened.push(() => session.close())
  await session.execute(dialect.dropTable(TABLE))
  opened.push(() => session.execute(dialect.dropTable(TABLE)).then(() => {}))
  // As a user's create is read: its words are of every database.
  const made = create<string>(`CREATE TABLE ${TABLE} (\n${types.map(({ name, type }) => `\`${name}\` ${type}`).join(',\n')}\n)`).definition(dialect.name)
  for (const sql of dialect.createTable(made, TABLE, '')) await session.execute(sql)
  const tuples = tuplesOf(rows)
  await session.load({ table: TABLE, columns: types.map(({ name, type }) => ({ name, type: dialect.readType(type) })) }, (async function* batches() { if (tuples.length > 0) yield tuples })())
  return session
}

const field = (value: DrawnValue): string => (value === null ? '' : typeof value === 'string' ? `"${value.replaceAll('"', '""')}"` : String(value))

/** The rows as a CSV file: a text in quotes, NULL as nothing at all. */
async function fileOf({ columns, rows }: Drawn, opened: (() => Promise<void>)[]): Promise<Connection> {
  const folder = mkdtempSync(join(tmpdir(), 'starline-drawn-'))
  opened.push(async () => rmSync(folder, { recursive: true, force: true }))
  const lines = [columns.map(({ name }) => name), ...tuplesOf({ columns, rows }).map((row) => row.map(field))].map((line) => line.join(','))
  writeFileSync(join(folder, `${TABLE}.csv`), `${lines.join('\n')}\n`)
  const database = await openFiles(`files:${folder}`)
  opened.push(() => database.close())
  const session = await database.connect()
  opened.push(() => session.close())
  return session
}
