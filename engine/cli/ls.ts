import type { Connection } from '../db/connection.ts'
import { openDatabase } from '../db/open.ts'
import { asError, ConfigurationError, messageOf } from '../errors.ts'
import type { EtlType } from '../etl/etl.ts'
import { entriesOf } from '../etl/registry.ts'
import type { Config, Entry } from '../etl/registry.ts'
import { withSession } from '../etl/sessions.ts'
import { lastRuns } from '../publish/last-runs.ts'
import type { LastRun } from '../publish/last-runs.ts'
import { clean } from './document.ts'
import type { Door } from './door.ts'
import { exportedOf } from './exported.ts'
import { loadConfig } from '../load-config.ts'
import { plainTable, visibleWidth } from './plain-table.ts'
import { listenForStop } from './stop.ts'
import { tableNameOf } from './table-name.ts'
import { paint } from './terminal.ts'
import type { Screen } from './terminal.ts'
import { folded, grouped } from './words.ts'
import type { Written } from './written.ts'

/** One ETL, as it is listed. */
interface Listed {
  readonly type: EtlType
  readonly name: string
  readonly kind: string
  readonly table: string
  /** The name of the source that it reads: null where it reads none, `default` for the default one. */
  readonly source: string | null
  readonly active: boolean
  readonly last: LastRun | undefined
}

/** What the ledger says of each table, or why it can't be asked. */
type Ledger = ReadonlyMap<string, LastRun> | Error

/** `starline ls`: every dimension and fact, active or not, and how it was loaded last. The exit code. */
export async function ls({ _: [stray], json }: Written, door: Door): Promise<number> {
  if (stray !== undefined) throw new ConfigurationError(`nothing can be done with ${JSON.stringify(stray)}`, { wayOut: 'ls lists everything; --help says more' })
  const { io } = door
  const config = await loadConfig(door.config)
  const entries = await allEntries(config, door)
  const ledger = await askLedger(config, entries)
  const listed = entries.map(({ entry, active }): Listed => listedOf(entry, active, ledger))
  if (json === true) {
    const document = { etls: listed.map(({ last, ...etl }) => ({ ...etl, last: last === undefined ? null : { status: last.status, rows: last.rows ?? null, at: last.at ?? null } })), ...ledger instanceof Error && { ledger: messageOf(ledger) } }
    io.out.write(`${JSON.stringify(clean(document), undefined, 2)}\n`)
    return 0
  }
  io.out.write(`${tableOf(listed, io.out)}\n`)
  if (ledger instanceof Error) io.err.write(`\n${folded(`The ledger can't be asked when each was loaded last: ${messageOf(ledger)}`, io.err.width(), 2)}\n`)
  return 0
}

/** The active ones in their order, then those that are written and not listed. */
async function allEntries(config: Config, door: Door): Promise<{ readonly entry: Entry; readonly active: boolean }[]> {
  const active = entriesOf(config)
  const found: { entry: Entry; active: boolean }[] = []
  for (const type of ['dimension', 'fact'] as const) {
    const own = active.filter((entry) => entry.type === type)
    const exported = await exportedOf(door, type)
    found.push(...own.map((entry) => ({ entry, active: true })), ...exported.filter(({ name }) => !own.some((entry) => entry.name === name)).map((entry) => ({ entry, active: false })))
  }
  return found
}

async function askLedger(config: Config, entries: readonly { readonly entry: Entry }[]): Promise<Ledger> {
  const stop = listenForStop(() => undefined)
  try {
    const warehouse = await openDatabase(config.warehouse, { readOnly: true, orEmpty: true, connectSeconds: config.deadlines.connectSeconds })
    try {
      return await withSession(warehouse, stop.signal, async (session: Connection) => lastRuns(session, entries.map(({ entry }) => tableNameOf(entry, session.dialect.name))))
    } finally {
      await warehouse.close()
    }
  } catch (error) {
    return asError(error)
  } finally {
    stop.release()
  }
}

function listedOf(entry: Entry, active: boolean, ledger: Ledger): Listed {
  const { type, name, etl } = entry
  const table = tableNameOf(entry)
  return {
    type, name, kind: etl.kind, table, active, source: etl.kind === 'date' ? null : etl.source.from ?? 'default',
    last: ledger instanceof Error ? undefined : ledger.get(table),
  }
}

const HEAD = ['type', 'name', 'kind', 'table', 'source', 'rows', 'loaded (UTC)', ''] as const
/** What is left out first where a terminal is narrow. */
const SPARE: readonly (typeof HEAD[number])[] = ['source', 'table', 'kind']

function tableOf(listed: readonly Listed[], screen: Screen): string {
  const rows = listed.map(({ type, name, kind, table, source, active, last }) => [
    type, name, kind, table, source ?? '–', last?.rows === undefined ? '–' : grouped(last.rows), last?.at === undefined ? '–' : last.at.slice(0, 16), stateOf(screen, active, last),
  ])
  const drawn = (left: readonly string[]): string => {
    const kept = HEAD.map((_, at) => at).filter((at) => !left.includes(HEAD[at] ?? '') && (HEAD[at] !== '' || rows.some((row) => row[at] !== '')))
    return plainTable(screen, kept.map((at) => HEAD[at] ?? ''), rows.map((row) => kept.map((at) => row[at] ?? '')), (column) => HEAD[kept[column] ?? 0] === 'rows')
  }
  const tries = SPARE.map((_, at) => drawn(SPARE.slice(0, at)))
  return tries.find((text) => visibleWidth(text) <= screen.width()) ?? drawn(SPARE)
}

function stateOf(screen: Screen, active: boolean, last: LastRun | undefined): string {
  if (!active) return paint(screen, 'dim', 'not active')
  if (last === undefined || last.status === 'succeeded') return ''
  if (last.status === 'rolled_back') return paint(screen, 'yellow', 'rolled back')
  return paint(screen, last.status === 'failed' ? 'red' : 'yellow', `last run ${last.status}`)
}
