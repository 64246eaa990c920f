import { access, constants } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Connection, Database } from '../../db/connection.ts'
import type { FlowColumn } from '../../db/flow.ts'
import { openDatabase } from '../../db/open.ts'
import { asError, ConfigurationError, DatabaseError, messageOf, within } from '../../errors.ts'
import { databasesOf, workerName } from '../../etl/context.ts'
import type { RunContext } from '../../etl/context.ts'
import { entriesOf, labelOf } from '../../etl/registry.ts'
import type { Config, Entry } from '../../etl/registry.ts'
import { clockOf, withSession } from '../../etl/sessions.ts'
import { checkSource } from '../../etl/source-check.ts'
import { refuseTypes } from '../../etl/types.ts'
import { silent } from '../../log.ts'
import { refuseForeign, refuseObstacle } from '../../publish/claim.ts'
import { lookAtLedger } from '../../publish/ledger.ts'
import { refuseMissing } from '../before.ts'
import { comingStage } from '../plan.ts'
import { tableNameOf } from '../table-name.ts'

/** Something that was looked at, and what is wrong with it. */
export interface Finding {
  /** `dimension product`, `warehouse duckdb:…`, `source crm`, `logs`. */
  readonly what: string
  readonly errors: readonly Error[]
}

/** Looks at everything that a load would refuse before its first row, and goes on after each fault. Changes nothing. */
export async function* findingsOf(config: Config, signal: AbortSignal): AsyncGenerator<Finding> {
  yield { what: 'logs', errors: await thrown(() => refuseLogs(config)) }
  const { connectSeconds } = config.deadlines
  let warehouse: Database | undefined
  const opening = await thrown(async () => { warehouse = await openDatabase(config.warehouse, { readOnly: true, orEmpty: true, connectSeconds }) })
  if (warehouse === undefined) {
    yield { what: 'warehouse', errors: opening }
    yield* sourcesAlone(config, signal)
    return
  }
  try {
    yield* throughWarehouse(config, warehouse, signal)
  } finally {
    await warehouse.close()
  }
}

async function* throughWarehouse(config: Config, warehouse: Database, signal: AbortSignal): AsyncGenerator<Finding> {
  const ledger = await thrown(() => withSession(warehouse, signal, lookAtLedger))
  yield { what: `warehouse ${warehouse.place}`, errors: ledger }
  // What can't be reached for its ledger can't be reached for anything else.
  if (ledger.some((error) => error instanceof DatabaseError && error.transient)) yield* sourcesAlone(config, signal)
  else yield* everyEntry(config, warehouse, signal)
}

async function* everyEntry(config: Config, warehouse: Database, signal: AbortSignal): AsyncGenerator<Finding> {
  const databases = databasesOf(config)
  const context: RunContext = {
    config, warehouse, signal, adopt: false, worker: workerName(), log: silent, on: () => undefined,
    source: (name) => databases.source(name), refresh: { id: '', startedAt: await withSession(warehouse, signal, clockOf) },
  }
  const away = new Map<string | undefined, Error>()
  try {
    for (const entry of entriesOf(config)) yield { what: labelOf(entry), errors: await entryErrors(entry, context, away) }
  } finally {
    await databases.close()
  }
}

/** What is wrong with one ETL. A source that is away is not waited for by all that read it. */
async function entryErrors(entry: Entry, context: RunContext, away: Map<string | undefined, Error>): Promise<readonly Error[]> {
  const { config, warehouse, signal } = context
  return withSession(warehouse, signal, async (session) => {
    const { definition, errors: own } = await tableErrors(entry, config, session)
    if (definition === undefined) return own
    let brought: readonly FlowColumn[] | undefined
    const { from } = entry.etl.source
    const error = away.get(from) ?? (await checkSource(entry, context, session, { onColumns: (found) => { brought = found } })).error
    if (error instanceof DatabaseError && error.transient) away.set(from, error)
    const stage = await thrownOr(() => comingStage(session, config, entry))
    const refused = stage instanceof Error ? [stage] : entry.etl.refusals?.(stage, brought) ?? []
    const unfit = stage instanceof Error || refused.length > 0 ? [] : await thrownOr(async () => await entry.etl.unfit?.(stage, session) ?? [])
    return distinct([...own, ...error === undefined ? [] : [error], ...refused, ...unfit instanceof Error ? [unfit] : unfit])
  })
}

/** The same fault may be met on several ways. */
const distinct = (errors: readonly Error[]): readonly Error[] => errors.filter(({ message }, at) => errors.findIndex((error) => error.message === message) === at)

/** The create in this warehouse's words, the table that is live, and all that hangs on it. */
async function tableErrors(entry: Entry, config: Config, session: Connection) {
  const definition = await thrownOr(() => Promise.resolve(entry.etl.create.definition(session.dialect.name)))
  if (definition instanceof Error) return { definition: undefined, errors: [seenFrom(entry, definition)] }
  const unknown = await thrown(() => refuseTypes(session, entry, definition))
  // What follows from a type that can't be loaded would be blamed on the live table, or the source.
  if (unknown.length > 0) return { definition: undefined, errors: unknown }
  const live = await session.describe(definition.table)
  const problems = [
    ...await thrown(() => { session.dialect.createTable(definition, definition.table, '') }),
    ...await thrown(() => refuseForeign(session, live, { table: definition.table, adopt: false })),
    ...await thrown(() => live && refuseObstacle(session, definition.table)),
    ...await thrown(() => refuseMissing(session, config, { picked: [entry], drop: [], run: [entry, ...entriesOf(config).filter(({ type }) => type === 'dimension')] })),
  ]
  const foreign = await Promise.all(definition.foreignKeys.map(async ({ table, columns: of }) => {
    const isMade = table === definition.table || entriesOf(config).some((each) => tableNameOf(each, session.dialect.name) === table)
    if (isMade || await session.describe(table) !== undefined) return []
    return [new ConfigurationError(`table ${table} does not exist`, { where: `${labelOf(entry)}, FOREIGN KEY (${of.join(', ')})`, wayOut: 'load it first, or take the clause out of the create' })]
  }))
  return { definition, errors: [...problems.map((error) => seenFrom(entry, error)), ...foreign.flat()] }
}

const seenFrom = (entry: Entry, error: Error): Error => (error.message.includes(labelOf(entry)) ? error : within(error, labelOf(entry)) as Error)

/** Where the warehouse is away, each source is still asked whether it is there. */
async function* sourcesAlone(config: Config, signal: AbortSignal): AsyncGenerator<Finding> {
  const databases = databasesOf(config)
  const names = new Set(entriesOf(config).map(({ etl }) => etl.source.from))
  try {
    for (const name of names) {
      const errors = await thrown(async () => withSession(await databases.source(name), signal, () => Promise.resolve()))
      yield { what: `source ${name ?? 'default'}`, errors }
    }
  } finally {
    await databases.close()
  }
}

/** A folder that can't be written is found before the run that wants to. */
async function refuseLogs({ logs }: Config): Promise<void> {
  if (logs === undefined) return
  let folder = resolve(logs)
  for (;;) {
    try {
      return await access(folder, constants.W_OK | constants.X_OK)
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
      if (isMissing && dirname(folder) !== folder) folder = dirname(folder)
      else throw new ConfigurationError('the log files can\'t be written', { where: `logs: ${logs}`, why: messageOf(error), wayOut: 'name a folder that can be written, or logs: false', cause: error })
    }
  }
}

/** What a check throws, as a list. */
async function thrown(check: () => unknown): Promise<readonly Error[]> {
  try {
    await check()
    return []
  } catch (error) {
    return [asError(error)]
  }
}

async function thrownOr<T>(work: () => Promise<T>): Promise<T | Error> {
  try {
    return await work()
  } catch (error) {
    return asError(error)
  }
}
