import { openDatabase } from '../db/open.ts'
import type { FlowColumn } from '../db/flow.ts'
import type { Value } from '../db/value-type.ts'
import { ConfigurationError } from '../errors.ts'
import type { Config } from '../etl/registry.ts'
import { didYouMean } from '../sql/did-you-mean.ts'
import { clean } from './document.ts'
import type { QueryFlags } from './flags.ts'
import { loadConfig } from '../load-config.ts'
import type { ConfigSource } from '../load-config.ts'
import { plainTable } from './plain-table.ts'
import { withSession } from '../etl/sessions.ts'
import { untilStopped } from './stop.ts'
import { paint } from './terminal.ts'
import type { Io, Screen } from './terminal.ts'
import { counted } from './words.ts'

/** More rows than this are for a file, not for a terminal. */
const mostRows = 1000

/** Columns of a table that a cell may take at most on a terminal: what is piped is whole. */
const widestCell = 60

interface Answer {
  readonly columns: readonly FlowColumn[]
  readonly rows: readonly (readonly Value[])[]
  /** There were more rows than are shown. */
  readonly cut: boolean
}

/** Asks the warehouse, or a source, read-only, and prints the rows; the exit code. */
export async function query(source: ConfigSource, flags: QueryFlags, io: Io): Promise<number> {
  const config = await loadConfig(source)
  return untilStopped(async ({ signal }) => {
    const answer = await ask(config, flags.source, flags.sql, signal)
    io.out.write(flags.json ? documentOf(answer) : tableOf(answer, io.out))
    if (answer.cut && !flags.json) io.err.write(`Cut after ${counted(mostRows, 'row')}: add a LIMIT, or sum up.\n`)
    return 0
  })
}

async function ask(config: Config, source: string | undefined, sql: string, signal: AbortSignal): Promise<Answer> {
  const { connectSeconds, idleSeconds } = config.deadlines
  const database = await openDatabase(urlOf(config, source), { readOnly: true, connectSeconds })
  try {
    return await withSession(database, signal, async (session) => {
      const flow = await session.stream({ sql }, { signal, idleSeconds, limit: mostRows + 1 })
      const rows: (readonly Value[])[] = []
      for await (const batch of flow.rows.of) rows.push(...batch)
      return { columns: distinct(flow.columns), rows: rows.slice(0, mostRows), cut: rows.length > mostRows }
    })
  } finally {
    await database.close()
  }
}

function urlOf({ warehouse, source, sources }: Config, name: string | undefined): string {
  if (name === undefined) return warehouse
  const url = Object.hasOwn(sources, name) ? sources[name] : name === 'default' ? source : undefined
  if (url !== undefined) return url
  const names = ['default', ...Object.keys(sources)]
  const meant = didYouMean(name, names)
  throw new ConfigurationError(`no source is called ${JSON.stringify(name)}`, {
    wayOut: meant === undefined ? `there are ${names.join(', ')}` : `did you mean ${meant}?`,
  })
}

/** Two columns of one name stay two: `id`, `id_2`. */
function distinct(columns: readonly FlowColumn[]): FlowColumn[] {
  return columns.map(({ name, type }, i) => {
    const before = columns.slice(0, i).filter((column) => column.name === name).length
    return { type, name: before === 0 ? name : `${name}_${before + 1}` }
  })
}

function documentOf({ columns, rows, cut }: Answer): string {
  const objects = rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null])))
  return `${JSON.stringify(clean({ columns: columns.map(({ name }) => name), rows: objects, cut }), undefined, 2)}\n`
}

const numbers = new Set(['integer', 'decimal', 'float'])

function tableOf({ columns, rows }: Answer, screen: Screen): string {
  const cells = rows.map((row) => columns.map((_, i) => cell(row[i] ?? null, screen)))
  const table = plainTable(screen, columns.map(({ name }) => name), cells, (i) => numbers.has(columns[i]?.type.kind ?? ''))
  return `${table}\n${rows.length === 0 ? paint(screen, 'dim', '(no rows)\n') : ''}`
}

function cell(value: Value, screen: Screen): string {
  if (value === null) return paint(screen, 'dim', 'NULL')
  const widest = screen.width() === Infinity ? Infinity : widestCell
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex')}`.slice(0, widest)
  // One row is one line, and a text can't steer the terminal.
  // oxlint-disable-next-line no-control-regex -- these are the ones to take out
  const text = String(value).replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
  return text.length > widest ? `${text.slice(0, widest - 1)}…` : text
}
