/** The keys as rows of two tables, `member` and `deed`, and those tables in each source. */

import { DuckDBInstance } from '@duckdb/node-api'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freshDatabase, freshPostgres } from '../../helpers/servers/index.ts'
import { withConnection } from '../../helpers/servers/mariadb.ts'
import { withPostgres } from '../../helpers/servers/postgres.ts'
import type { SourceName, WarehouseName } from './case.ts'
import { KEYS, nobody } from './keys.ts'
import type { Key, KeyColumn, KeyFamily } from './keys.ts'

/** What a row of `member` comes to. `again` stays as the first load had left it, and is that row's number. */
type MemberOutcome = 'kept' | 'twice' | 'refused' | { readonly again: number }

export interface MemberRow {
  readonly number: number
  readonly family: string
  readonly key: Key
  /** The load with which it begins to come. */
  readonly load: 1 | 2
  readonly out: MemberOutcome
}

interface DeedRow {
  readonly number: number
  readonly family: string
  readonly key: Key
  /** The member's number. */
  readonly finds: number | typeof nobody
}

export interface KeyRows {
  readonly families: readonly string[]
  readonly members: readonly MemberRow[]
  readonly deeds: readonly DeedRow[]
  /** Whether a deed's own column can hold its key: by its spelling it is looked up in every case. */
  readonly isTyped: (deed: DeedRow) => boolean
}

const alike = (a: Key, b: Key): boolean => a.every((part, i) => part === b[i])
const isFile = (source: SourceName): boolean => source === 'CSV' || source === 'JSON'

function holds({ holds: pattern }: KeyColumn, part: string | null, source: SourceName): boolean {
  if (part === null || source === 'CSV' || source === 'JSON') return true
  if (pattern === undefined) return !(source === 'PostgreSQL' && part.includes('\0'))
  return (pattern instanceof RegExp ? pattern : pattern[source]).test(part) && !part.startsWith('2021-02-30') && !part.includes(' 24:')
}

const expressible = ({ columns }: KeyFamily, key: Key, source: SourceName): boolean => columns.every((column, i) => holds(column, key[i]!, source))

/** The corpus as one source can hold it. */
export function keyRows(source: SourceName, on: WarehouseName): KeyRows {
  const members: MemberRow[] = []
  const deeds: DeedRow[] = []
  const families = Object.entries(KEYS).filter(([, { bytes }]) => bytes !== true || !isFile(source))
  for (const [family, keys] of families) {
    const can = (key: Key): boolean => expressible(keys, key, source)
    const add = (key: Key, out: MemberOutcome, load: 1 | 2 = 1): number => {
      members.push({ number: members.length + 1, family, key, load, out })
      return members.length
    }
    const isRefused = (key: Key): boolean => keys.refusedOn?.[on]?.some((other) => alike(other, key)) === true
    const kept = keys.kept.filter(can).map((key) => ({ key, number: add(key, isRefused(key) ? 'refused' : 'kept'), isRefused: isRefused(key) }))
    for (const rows of keys.twice) if (rows.every(can)) for (const key of rows) add(key, 'twice')
    for (const key of keys.refused.filter(can)) add(key, 'refused')
    const found = (key: Key): (typeof kept)[number] | undefined => kept.find((member) => alike(member.key, key))
    for (const [first, later] of keys.again) {
      const member = found(first)
      if (member !== undefined && can(later)) add(later, { again: member.number }, 2)
    }
    for (const { key, number, isRefused: isNobody } of kept) deeds.push({ number: deeds.length + 1, family, key, finds: isNobody ? nobody : number })
    for (const [key, whom] of keys.finds) {
      const member = whom === nobody ? nobody : found(whom)
      // A text of U+0000 is one that no column of PostgreSQL holds.
      if (member !== undefined && !(source === 'PostgreSQL' && key.some((part) => part?.includes('\0')))) deeds.push({ number: deeds.length + 1, family, key, finds: member === nobody ? nobody : member.number })
    }
  }
  return { families: families.map(([family]) => family), members, deeds, isTyped: ({ family, key }) => expressible(KEYS[family]!, key, source) }
}

/** `text_1`, `pair_1`, `pair_2`. */
export const columnsOf = (family: string): string[] => KEYS[family]!.columns.map((_, i) => `${family}_${i + 1}`)
/** Where a deed's key stands as a text. */
export const spelledOf = (family: string): string[] => KEYS[family]!.columns.map((_, i) => `spelled_${i + 1}`)

interface Column {
  readonly name: string
  readonly type: string
  /** The value is written as hexadecimal digits. */
  readonly hex: boolean
}
interface Table {
  readonly name: string
  readonly columns: readonly Column[]
  readonly rows: readonly Readonly<Record<string, string | null>>[]
}

const named = (names: readonly string[], key: Key) => Object.fromEntries(names.map((name, i) => [name, key[i] ?? null]))

function tablesOf({ families, members, deeds, isTyped }: KeyRows, database: 'MariaDB' | 'PostgreSQL' | 'DuckDB'): readonly Table[] {
  const words = { MariaDB: 'VARCHAR(20)', PostgreSQL: 'VARCHAR(20)', DuckDB: 'VARCHAR' }[database]
  const text = { MariaDB: 'LONGTEXT CHARACTER SET utf8mb4', PostgreSQL: 'TEXT', DuckDB: 'VARCHAR' }[database]
  const plain = (name: string, type = words): Column => ({ name, type, hex: false })
  const typed = families.flatMap((family) => columnsOf(family).map((name, i) => ({ name, type: KEYS[family]!.columns[i]!.sources[database], hex: KEYS[family]!.bytes === true })))
  return [
    {
      name: 'member', columns: [plain('no', 'INT'), plain('later_no', 'INT'), plain('family'), plain('load_no'), ...typed],
      rows: members.map(({ number, family, key, load }) => ({ no: String(number), later_no: String(number + LATER), family, load_no: String(load), ...named(columnsOf(family), key) })),
    },
    {
      name: 'deed', columns: [plain('no', 'INT'), plain('family'), plain('spelled_1', text), plain('spelled_2', text), ...typed],
      rows: deeds.map((deed) => ({
        no: String(deed.number), family: deed.family, ...KEYS[deed.family]!.bytes === true ? {} : named(spelledOf(deed.family), deed.key), ...isTyped(deed) ? named(columnsOf(deed.family), deed.key) : {},
      })),
    },
  ]
}

/** What a member's number grows by in a later load: its attribute has changed. */
export const LATER = 10_000

/** Writes the rows to a source of this kind; the URL that reads them. */
export async function fillKeys(source: SourceName, rows: KeyRows, folder: string): Promise<string> {
  switch (source) {
    case 'CSV': case 'JSON':
      for (const table of tablesOf(rows, 'DuckDB')) writeFileSync(join(folder, `${table.name}.${source.toLowerCase()}`), source === 'CSV' ? csvText(table) : jsonText(table))
      return `files:${folder}`
    case 'MariaDB': {
      const { url } = await freshDatabase('keys')
      await withConnection(url, async (connection) => {
        await connection.query('SET NAMES utf8mb4')
        for (const table of tablesOf(rows, source)) for (const { sql, values } of statements(table, (_, column) => (column.hex ? 'UNHEX(?)' : '?'))) await connection.query(sql, values)
      })
      return url
    }
    case 'PostgreSQL': {
      const { url } = await freshPostgres('keys')
      await withPostgres(url, async (client) => {
        for (const table of tablesOf(rows, source)) for (const { sql, values } of statements(table, (at, { hex, type }) => (hex ? `decode($${at}::text, 'hex')` : `CAST($${at}::text AS ${type})`))) await client.query(sql, values)
      })
      return url
    }
    default: {
      const path = join(folder, 'keys.duckdb')
      const instance = await DuckDBInstance.create(path)
      const connection = await instance.connect()
      for (const table of tablesOf(rows, 'DuckDB')) for (const { sql, values } of statements(table, (_, { hex, type }) => (hex ? 'unhex(?::VARCHAR)' : `CAST(?::VARCHAR AS ${type})`))) await connection.run(sql, values)
      connection.closeSync()
      instance.closeSync()
      return `duckdb:${path}`
    }
  }
}

/** Makes a table and fills it, a statement for the rows of each family. */
function statements({ name, columns, rows }: Table, place: (at: number, column: Column) => string): { sql: string; values: (string | null)[] }[] {
  const inserts = [...new Set(rows.map(({ family }) => family))].map((family) => {
    const own = rows.filter((row) => row['family'] === family)
    const filled = columns.filter(({ name: column }) => own.some((row) => row[column] !== undefined))
    const values: (string | null)[] = []
    const tuples = own.map((row) => `(${filled.map((column) => {
      values.push(row[column.name] ?? null)
      return place(values.length, column)
    }).join(', ')})`)
    return { sql: `INSERT INTO ${name} (${filled.map((column) => column.name).join(', ')}) VALUES ${tuples.join(', ')}`, values }
  })
  return [{ sql: `CREATE TABLE ${name} (${columns.map((column) => `${column.name} ${column.type}`).join(', ')})`, values: [] }, ...inserts]
}

const field = (text: string | null): string => text === null ? '' : `"${text.replaceAll('"', '""')}"`

const csvText = ({ columns, rows }: Table): string =>
  [columns.map(({ name }) => name), ...rows.map((row) => columns.map(({ name }) => field(row[name] ?? null)))].map((line) => `${line.join(',')}\n`).join('')

const jsonText = ({ columns, rows }: Table): string => JSON.stringify(rows.map((row) => Object.fromEntries(columns.map(({ name }) => [name, row[name] ?? null]))))
