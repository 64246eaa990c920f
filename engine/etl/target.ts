import type { Connection } from '../db/connection.ts'
import { ConfigurationError } from '../errors.ts'
import type { Claim } from '../publish/claim.ts'
import { inputsOf, recordInputs } from '../publish/inputs.ts'
import type { Input } from '../publish/inputs.ts'
import { commentWith, stagingName, workingName } from '../publish/names.ts'
import { lockRange } from '../publish/range-locks.ts'
import type { TableDefinition } from '../sql/create.ts'
import type { BadRows } from './bad-rows.ts'
import type { RunContext } from './context.ts'
import type { Etl, Target } from './etl.ts'
import { declaredColumns } from './extract.ts'
import { entriesOf, labelOf } from './registry.ts'
import type { Entry } from './registry.ts'
import { withSession } from './sessions.ts'
import { sharingOf } from './sharing.ts'

/** What a kind loads into: its staging table, and the tables of the dimensions that it looks up. */
export function targetOf(entry: Entry, context: RunContext, session: Connection, definition: TableDefinition, run: Claim, badRows: BadRows): Target {
  // The first answer holds for all key columns: a dimension that is published in between makes this run's keys old, and its publish must find that out.
  let parents: Promise<ReadonlyMap<string, Input>> | undefined
  const sharing = sharingOf(entry, context, session, definition, run)
  return {
    etl: labelOf(entry), connection: session, definition, columns: declaredColumns(definition, session.dialect),
    staging: stagingName(definition.table, run.fence), comment: commentWith(undefined, run.runId),
    live: run.live && { table: run.live.table, columns: run.live.columns.map(({ name }) => name), described: run.live.columns },
    working: (letter) => workingName(definition.table, letter, run.fence),
    lastKey: run.lastKey, badRows, refreshedAt: run.time, signal: context.signal, idleSeconds: context.config.deadlines.idleSeconds,
    tableOf: async (dimension) => tableIn(await (parents ??= parentsOf(entry, context, session, run)), dimension, entry, context, session),
    beside: (range, work, signal) => withSession(context.warehouse, signal, async (other) => {
      await lockRange(other, definition.table, range)
      return work(other)
    }),
    ...sharing !== undefined && { sharing },
    onRows: (rows) => context.on({ what: 'rows', rows }, entry),
    log: (message, fields) => context.log.info(message, { type: entry.type, name: entry.name, ...fields }),
  }
}

/** The tables of the dimensions that this ETL looks up, entered as this run's inputs. */
async function parentsOf({ etl }: Entry, { refresh }: RunContext, session: Connection, run: Claim): Promise<ReadonlyMap<string, Input>> {
  const tables = new Set(Object.values(etl.uses).map((dimension) => tableFor(dimension, session)))
  const inputs = await inputsOf(session, refresh.id, [...tables])
  await recordInputs(session, run.runId, inputs)
  return inputs
}

const tableFor = ({ create }: Etl, { dialect }: Connection): string => create.definition(dialect.name).table

/** @throws {ConfigurationError} where the dimension has no table yet */
function tableIn(parents: ReadonlyMap<string, Input>, dimension: Etl, entry: Entry, { config }: RunContext, session: Connection): string {
  const table = tableFor(dimension, session)
  const input = parents.get(table)
  if (input !== undefined) return input.table
  const known = entriesOf(config).find(({ etl }) => etl === dimension)
  throw new ConfigurationError(`table ${table} does not exist`, {
    where: labelOf(entry), why: 'it looks its keys up there',
    wayOut: known === undefined ? 'list its dimension in the configuration, or make the table' : `run dimension ${known.name} first`,
  })
}
