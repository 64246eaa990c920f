import type { Connection, TableDescription } from '../db/connection.ts'
import { ConfigurationError } from '../errors.ts'
import { entriesOf, labelOf } from '../etl/registry.ts'
import type { Config, Entry } from '../etl/registry.ts'
import { refuseStanding } from '../etl/standing.ts'
import { refuseTypes } from '../etl/types.ts'
import { refuseForeign, refuseObstacle } from '../publish/claim.ts'

/** What a run is about to do, ETL by ETL. */
export interface Work {
  /** What was picked: what is tested. */
  readonly picked: readonly Entry[]
  /** In the order in which they are dropped: facts, then dimensions. */
  readonly drop: readonly Entry[]
  /** In the order in which they are run: dimensions, then facts. */
  readonly run: readonly Entry[]
}

/**
 * Looks at the warehouse before anything is begun: every type is known, every table that is to change is ours and nothing hangs on it that a
 * swap or a drop would lose, every dimension that a fact looks up is loaded by this run or exists, and none is dropped at
 * whose members a table points that stays.
 *
 * @returns what is there to be dropped
 * @throws {ConfigurationError} where that isn't so; nothing was begun
 */
export async function lookFirst(session: Connection, config: Config, work: Work, adopt: boolean): Promise<readonly Entry[]> {
  const live = new Map<Entry, TableDescription>()
  for (const entry of new Set([...work.drop, ...work.run])) {
    const definition = entry.etl.create.definition(session.dialect.name)
    const { table } = definition
    if (work.run.includes(entry)) await refuseTypes(session, entry, definition)
    const description = await session.describe(table)
    refuseForeign(session, description, { table, adopt })
    if (description !== undefined) await refuseObstacle(session, table)
    if (description !== undefined) live.set(entry, description)
  }
  await refuseMissing(session, config, work)
  await refuseStanding(session, config, work.drop)
  return work.drop.filter((entry) => live.has(entry))
}

/** A fact finds its keys in tables that this run loads, or that exist and stay. @throws {ConfigurationError} naming those that don't */
export async function refuseMissing(session: Connection, config: Config, { run, drop, picked }: Work): Promise<void> {
  const all = entriesOf(config)
  const isTestAlone = run.length === 0
  const missing: string[] = []
  const seen = new Set<string>()
  for (const fact of (isTestAlone ? picked : run).filter(({ type }) => type === 'fact')) {
    for (const used of new Set(Object.values(fact.etl.uses))) {
      const dimension = all.find(({ etl }) => etl === used)
      // A test alone asks for what no run could make: the table of a dimension that isn't active.
      if (dimension !== undefined && (isTestAlone || has(run, used))) continue
      const { table } = used.create.definition(session.dialect.name)
      const isDropped = has(drop, used)
      if (!isDropped && await session.describe(table) !== undefined) continue
      const name = dimension === undefined ? `table ${table}, whose dimension is not active` : `table ${table} of ${labelOf(dimension)}`
      if (!seen.has(name)) missing.push(`${labelOf(fact)} needs ${name}${isDropped ? ', and it is to be dropped' : ''}`)
      seen.add(name)
    }
  }
  if (missing.length === 0) return
  throw new ConfigurationError(missing.length === 1 ? 'a table that a fact looks its keys up in does not exist' : `${missing.length} tables that facts look their keys up in do not exist`, {
    where: session.place, why: missing.join('; '),
    wayOut: 'run the dimensions first, or together with the facts (--run_dimensions --run_facts); one that is not active must be listed in the configuration once',
  })
}

const has = (entries: readonly Entry[], etl: Entry['etl']): boolean => entries.some((entry) => entry.etl === etl)
