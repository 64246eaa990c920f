import type { Connection } from '../db/connection.ts'
import { changeTable } from '../db/merge.ts'
import { BusyError } from '../errors.ts'
import type { TableDefinition } from '../sql/create.ts'
import { clearFailedRows } from './bad-rows.ts'
import { keepBefore, makeBefore } from './before.ts'
import type { ChangedInPlace } from './before.ts'
import type { Claim } from './claim.ts'
import { whilePublishing } from './locks.ts'
import { enterMerged, holdFences } from './merge.ts'
import { stagingName } from './names.ts'
import { clearAway } from './private-tables.ts'
import { enterPublishing, waiting } from './publish.ts'
import { enterReplaced } from './replaced.ts'
import { enterStaged } from './stage.ts'
import type { Staged } from './stage.ts'
import { enterSuccess } from './success.ts'
import type { LiveRun } from './success.ts'

/** A load whose staging table holds only those rows that change or come. */
export interface Changes {
  readonly run: Claim
  readonly definition: TableDefinition
  readonly staged: Staged
  readonly inPlace: ChangedInPlace
}

/**
 * Changes a live table in place, and enters the success, in one transaction: no reader sees a part of it, and a run is never
 * staged whose staging is not a whole table. The rows that are overwritten are kept for a rollback.
 *
 * Called under the table's lock, which its load holds.
 * @returns what could not be cleared away afterwards: the changes are live all the same, and the next publish tries again
 * @throws {FencedError} where a newer run has taken the table over; nothing is published
 * @throws {BusyError} where the table stays locked, or was changed by hand since it was compared
 * @throws {DataError} where the database does not let a row in
 */
export async function publishInPlace(connection: Connection, refresh: string, changes: Changes, step: (name: string) => void): Promise<Error | undefined> {
  const { definition: { table }, run } = changes
  const own = { runId: run.runId, target: table, fence: run.fence, rows: changes.staged.loaded }
  await clearFailedRows(connection, table)
  await makeBefore(connection, changes.definition, run)
  return whilePublishing(connection, refresh, [table], async () => {
    step('publish-locked')
    try {
      await waiting(connection, [own], () => connection.transaction(() => change(connection, refresh, changes, own, step)), undefined, "the table can't be changed: somebody holds a lock on it")
      step('published')
      const untidy = await clearAway(connection, [own])
      step('tidied')
      return untidy
    } finally {
      step('publish-ended')
    }
  })
}

async function change(connection: Connection, refresh: string, changes: Changes, own: LiveRun, step: (name: string) => void): Promise<void> {
  const { definition, run, inPlace } = changes
  const { table } = definition
  const staging = stagingName(table, run.fence)
  // First: while somebody who writes to it is waited for, nobody waits for the ledger.
  await connection.merging.holdAlone?.(table)
  // The heart of the refresh, and its other loads, write the same rows of the ledger: where they wait for a lock it comes last, and where they collide first.
  const { rowLocks } = connection.dialect
  if (!rowLocks) await enterChanges(connection, refresh, changes, own)
  await holdFences(connection, [own])
  await keepBefore(connection, definition, staging, run.fence, inPlace.key)
  await refuseDoubled(connection, definition, staging, inPlace)
  const added = await changeTable(connection, { live: table, staging, definition }, [inPlace.key])
  // The unknown member comes anew where somebody has deleted it.
  if (added !== inPlace.added && added !== inPlace.added + 1) throw changedByHand(connection, table, `${inPlace.added} rows were new, and then ${added}`)
  if (rowLocks) await enterChanges(connection, refresh, changes, own)
  await enterMerged(connection, own)
  step('changed')
  await enterSuccess(connection, [own])
}

/** All that a load and its publish enter until it is live. */
async function enterChanges(connection: Connection, refresh: string, { definition: { table }, run, staged }: Changes, own: LiveRun): Promise<void> {
  await enterStaged(connection, table, run, staged)
  await enterReplaced(connection, [own])
  await enterPublishing(connection, refresh, [own])
}

/**
 * A member whom somebody has entered since they were compared, or given another key, would be there twice. No key of the table
 * has to say that; where one does, the database would refuse it in words of its own.
 *
 * @throws {BusyError} where there is one
 */
async function refuseDoubled(connection: Connection, { table, columns }: TableDefinition, staging: string, { key, lookup, current }: ChangedInPlace): Promise<void> {
  const { dialect, merging } = connection
  const tied = columns.filter(({ name }) => lookup.includes(name))
    .map(({ name, type, nullable }) => dialect.same(`s.${dialect.quote(name)}`, `l.${dialect.quote(name)}`, dialect.readType(type), !nullable))
  // The unknown member has a key below nought, and may look like anybody.
  const counts = (alias: string): string => `${alias}.${dialect.quote(key)} > 0${current === undefined ? '' : ` AND ${alias}.${dialect.quote(current)} = TRUE`}`
  const [other] = await connection.query<{ other: number }>(`SELECT l.${dialect.quote(key)} AS other
FROM ${dialect.quote(staging)} AS s ${dialect.joinInOrder} ${dialect.quote(table)} AS l ON ${tied.join(' AND ')}
WHERE ${counts('s')} AND ${counts('l')} AND NOT EXISTS (SELECT 1 FROM ${dialect.quote(staging)} AS k WHERE k.${dialect.quote(key)} = l.${dialect.quote(key)})
LIMIT 1 ${merging.settled ?? ''}`)
  if (other !== undefined) throw changedByHand(connection, table, `a member that was new, or had another key, has ${key} ${other.other} now`)
}

const changedByHand = (connection: Connection, table: string, why: string): BusyError => new BusyError('the live table was changed while its members were compared', {
  where: `${connection.place}, table ${table}`, why, wayOut: 'run again when nobody changes it by hand',
})
