import type { Connection, Database } from '../db/connection.ts'
import type { Dialect, Knex } from '../db/dialect.ts'
import { ConfigurationError, DatabaseError } from '../errors.ts'
import { readCreate } from '../sql/create.ts'
import { patiently } from './patience.ts'
import { executeTogether } from './together.ts'

/** What became of a run. A staged run waits for its refresh to be published; one that is rolling back waits for its table to go, or to stay. */
export type RunStatus = 'running' | 'staged' | 'publishing' | 'succeeded' | 'failed' | 'abandoned' | 'rolling_back' | 'rolled_back'

type Define = (table: Knex.CreateTableBuilder, instant: string, dialect: Dialect) => void

/** Texts that are keys: refresh ids, table names, a request's key. */
const id = (table: Knex.CreateTableBuilder, name: string) => table.string(name, 190)

/** What every job asks by, and a ledger of years holds many rows of. A column store reads a column as fast as an index. */
function indexed(table: Knex.CreateTableBuilder, { generatedColumns }: Dialect, of: string, column: string): void {
  if (generatedColumns) void table.index([column], `${of}_${column}`)
}

type Additions = Readonly<Record<string, Readonly<Record<string, (table: Knex.CreateTableBuilder, instant: string) => unknown>>>>

/** Columns that a ledger made by an earlier version lacks, by table: each of them may be NULL, and is added to it. */
const added = {
  etl_target: { merged_run: (table) => id(table, 'merged_run') },
  etl_run: {
    replaced: (table) => id(table, 'replaced'), publish: (table) => id(table, 'publish'), staged_at: (table, instant) => table.specificType('staged_at', instant),
  },
  etl_refresh: { outcome: (table) => table.text('outcome') },
  etl_request: { error: (table) => table.text('error') },
} satisfies Additions

/**
 * The ledger: the truth about what was asked for and what was done.
 *
 * A target's fence and last key only ever grow. A second success of one request is made impossible by the schema.
 */
const tables: Readonly<Record<string, Define>> = {
  etl_target(table) {
    id(table, 'target').primary()
    table.bigInteger('fence').notNullable()
    id(table, 'reserved_by')
    table.bigInteger('last_key').notNullable()
    table.text('watermark')
    table.bigInteger('last_rows')
    added.etl_target.merged_run(table)
  },
  etl_refresh(table, instant, dialect) {
    id(table, 'id').primary()
    table.text('options').notNullable()
    table.string('status', 20).notNullable()
    // A refresh that one process drives holds a lock for as long as it lives; others live by their lease.
    table.boolean('held').notNullable()
    for (const name of ['started_at', 'lease', 'deadline', 'finished_at']) table.specificType(name, instant)
    table.boolean('cancel').notNullable()
    added.etl_refresh.outcome(table)
    indexed(table, dialect, 'etl_refresh', 'status')
  },
  etl_request(table, _instant, dialect) {
    id(table, 'request_key').primary()
    id(table, 'refresh').notNullable()
    id(table, 'etl').notNullable()
    table.text('depends_on')
    table.string('status', 20).notNullable()
    table.integer('attempts').notNullable()
    added.etl_request.error(table)
    indexed(table, dialect, 'etl_request', 'refresh')
  },
  etl_input(table) {
    id(table, 'run').notNullable()
    id(table, 'dimension').notNullable()
    id(table, 'dimension_run')
    table.primary(['run', 'dimension'])
  },
  // The ranges of a run that others may take, as long as it loads. What was counted is entered by the commit that brings the rows.
  etl_range(table) {
    id(table, 'run').notNullable()
    table.integer('part').notNullable()
    id(table, 'target').notNullable()
    table.text('reading').notNullable()
    table.text('counts')
    table.text('worker')
    table.primary(['run', 'part'])
  },
  etl_bad_row(table) {
    id(table, 'run').notNullable()
    table.bigInteger('row_no').notNullable()
    id(table, 'target').notNullable()
    table.text('column_name').notNullable()
    table.text('reason').notNullable()
    table.text('row_values').notNullable()
    table.primary(['run', 'row_no'])
  },
  // Who takes a table's lock enters its session first: others may end it once its lease is over.
  etl_session(table, instant) {
    id(table, 'session').primary()
    id(table, 'refresh')
    id(table, 'worker')
    table.specificType('lease', instant)
  },
  // Workers say that they live, and which queues they take.
  etl_worker(table, instant) {
    id(table, 'worker').primary()
    table.text('queues').notNullable()
    table.specificType('lease', instant)
  },
  // What the workers ask for by the clock. A tick is dealt with once: due_after moves past it in the transaction that enters its refresh.
  etl_schedule(table, instant) {
    id(table, 'name').primary()
    table.string('pattern', 120).notNullable()
    table.string('tz', 80).notNullable()
    table.string('catch_up', 10).notNullable()
    table.text('steps')
    table.boolean('paused').notNullable()
    for (const name of ['due_after', 'last_tick']) table.specificType(name, instant)
    id(table, 'last_refresh')
    table.boolean('last_joined').notNullable()
  },
  etl_run(table, instant, dialect) {
    id(table, 'run_id').primary()
    id(table, 'request_key').notNullable()
    id(table, 'refresh').notNullable()
    id(table, 'target').notNullable()
    table.string('etl_type', 20).notNullable()
    id(table, 'etl_name').notNullable()
    table.bigInteger('fence').notNullable()
    table.string('status', 20).notNullable()
    table.text('sessions')
    table.text('worker')
    for (const name of ['rows_read', 'rows_loaded', 'rows_rejected']) table.bigInteger(name)
    table.text('detail')
    table.text('checksum')
    for (const name of ['watermark_from', 'watermark_to']) table.text(name)
    for (const name of ['started_at', 'heartbeat_at', 'finished_at']) table.specificType(name, instant)
    table.text('error')
    added.etl_run.replaced(table)
    added.etl_run.publish(table)
    added.etl_run.staged_at(table, instant)
    table.unique(['target', 'fence'], { indexName: 'etl_run_fence' })
    for (const column of ['refresh', 'request_key', 'status']) indexed(table, dialect, 'etl_run', column)
    if (dialect.generatedColumns) {
      table.specificType('succeeded_key', `varchar(190) GENERATED ALWAYS AS (${whenSucceeded}) STORED`).unique({ indexName: 'etl_run_success' })
    }
  },
}

const whenSucceeded = "CASE WHEN status = 'succeeded' THEN request_key END"

/** The names of the ledger's tables: no create may take one. */
export const ledgerTables: readonly string[] = Object.keys(tables)

/** The statements that make the ledger, in order: for `--dry_run` and for `openLedger`. */
export function ledgerStatements(dialect: Dialect, missing: readonly string[] = ledgerTables): readonly string[] {
  return missing.flatMap((name) => {
    if (dialect.transactionalDdl) return tableStatements(dialect, name, name)
    // Each statement commits by itself: a table gets its name when it is whole, its unique keys included.
    const half = `${name}__new`
    return [dialect.dropTable(half), ...tableStatements(dialect, name, half), ...dialect.swap([{ live: name, staging: half, old: undefined, definition: undefined }])]
  })
}

const instantIn = (dialect: Dialect): string => dialect.writeType({ kind: 'timestamp', precision: 6 })

/** The statements that make one of the ledger's tables under a name. */
function tableStatements(dialect: Dialect, name: string, as: string): readonly string[] {
  const instant = instantIn(dialect)
  const text = dialect.knex.schema.createTable(as, (table) => { tables[name]?.(table, instant, dialect) }).toString()
  const success = name === 'etl_run' && !dialect.generatedColumns ? [`CREATE UNIQUE INDEX etl_run_success ON ${as} ((${whenSucceeded}))`] : []
  return [...text.split(';\n'), ...success]
}

/**
 * Looks at the ledger and changes nothing: which of its tables aren't there yet, and the statements that others lack.
 *
 * @throws {ConfigurationError} where a table of its name is another one, or was changed by hand
 */
export async function lookAtLedger(connection: Connection): Promise<{ readonly missing: readonly string[]; readonly grown: readonly string[] }> {
  const missing = await missingTables(connection)
  return { missing, grown: await growth(connection, ledgerTables.filter((name) => !missing.includes(name))) }
}

/** Databases whose ledger was looked at in this process, and when: its columns don't change by themselves. */
const looked = new WeakMap<Database, number>()

/** Milliseconds for which its tables are taken to be there: nobody drops them but by hand. */
const holds = 5_000

/** Makes the ledger where it isn't there yet; where it was looked at before over this database, only for tables that were dropped since. */
export async function ensureLedger(connection: Connection, database: Database): Promise<void> {
  const at = looked.get(database)
  if (at !== undefined && performance.now() - at < holds) return
  if (at === undefined || (await missingTables(connection)).length > 0) await openLedger(connection)
  looked.set(database, performance.now())
}

/**
 * Makes the ledger where it isn't there yet. Several processes may try at the same time.
 *
 * @throws {ConfigurationError} where a table of its name is another one, or was changed by hand
 */
export async function openLedger(connection: Connection, patience = 10_000): Promise<void> {
  const { missing, grown } = await lookAtLedger(connection)
  if (missing.length === 0 && grown.length === 0) return
  await patiently(() => connection.lock('ledger'), patience, () => beingMade(connection))
  try {
    // Again: whoever held the lock has made them.
    const left = await missingTables(connection)
    await executeTogether(connection, [...ledgerStatements(connection.dialect, left), ...await growth(connection, ledgerTables.filter((name) => !left.includes(name)))])
  } finally {
    await connection.unlock('ledger')
  }
}

/** Its holder is in no table of the ledger, so nobody can tell whether it stands still: whoever reads this can. */
async function beingMade(connection: Connection): Promise<Error> {
  const session = await connection.holderOf('ledger')
  return new DatabaseError('the ledger is being made by another session', {
    where: connection.place, transient: true,
    wayOut: session === undefined ? 'run again' : `wait until it has ended, then run again; where it stands still, end session ${session} of the database`,
  })
}

/**
 * The statements that add what these tables of an earlier version's ledger lack.
 *
 * @throws {ConfigurationError} where a column is missing that was there from the beginning
 */
async function growth(connection: Connection, names: readonly string[]): Promise<readonly string[]> {
  const statements: string[] = []
  const instant = instantIn(connection.dialect)
  const present = await connection.columnNames(names)
  for (const name of names) {
    const additions = (added as Additions)[name] ?? {}
    const lost = columnsOf(connection, name).filter((column) => present.get(name)?.includes(column) !== true)
    refuseChanged(connection, name, lost.filter((column) => !Object.hasOwn(additions, column)))
    if (lost.length > 0) statements.push(connection.dialect.knex.schema.alterTable(name, (table) => { for (const column of lost) additions[column]?.(table, instant) }).toString())
  }
  return statements
}

/** The columns that one of the ledger's tables has. */
const columnsOf = ({ dialect }: Connection, name: string): readonly string[] => readCreate(tableStatements(dialect, name, name)[0] ?? '').columns.map((column) => column.name)

function refuseChanged(connection: Connection, name: string, lost: readonly string[]): void {
  if (lost.length === 0) return
  throw new ConfigurationError(`the ledger's table ${name} has no column ${lost.join(', ')}`, {
    where: connection.place, why: 'it was changed by hand, or is somebody\'s own table of that name',
    wayOut: `rename it or drop it: it is made anew, and members keep their keys`,
  })
}

async function missingTables(connection: Connection): Promise<string[]> {
  const present = new Set(await connection.tablesLike('etl_'))
  return ledgerTables.filter((name) => !present.has(name))
}

/** The lock that the session which loads a table holds. */
export const targetLock = (table: string): string => `target:${table}`

/** The lock of a further session that loads a table beside the one that has the table's own. */
export const rangeLock = (table: string, range: number): string => `${targetLock(table)}:${range}`

/** The lock that a session holds while it changes what is live under this name, or relies on it not changing. Short: a load does not take it. */
export const publishLock = (table: string): string => `publish:${table}`

/** The lock that a refresh holds for as long as the process that drives it lives. */
export const refreshLock = (refresh: string): string => `refresh:${refresh}`

/** What an ETL of a refresh is known by, the same across retries. */
export const requestKey = (refresh: string, type: string, name: string): string => `${refresh}:${type}:${name}`
