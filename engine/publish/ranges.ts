/** The ranges of a run that others may take: what is to be read, and what came of it. */

import type { Connection } from '../db/connection.ts'
import { FencedError } from '../errors.ts'
import { readJson } from './read-json.ts'

/** The run that ranges belong to. */
interface RunOfRanges {
  readonly runId: string
  readonly target: string
}

/** A range that nobody has loaded yet. */
export interface OpenRange<Reading> {
  readonly range: number
  readonly reading: Reading
}

/** Enters the ranges of a run: from now on whoever holds a range's lock may load it. */
export async function enterRanges(connection: Connection, { runId, target }: RunOfRanges, ranges: readonly OpenRange<unknown>[]): Promise<void> {
  await connection.execute(connection.dialect.knex('etl_range').insert(ranges.map(({ range, reading }) => ({ run: runId, part: range, target, reading: JSON.stringify(reading) }))))
}

/** The ranges of a run that nobody has loaded yet, whoever is at them. */
export async function openRanges<Reading>(connection: Connection, runId: string): Promise<readonly OpenRange<Reading>[]> {
  const rows = await connection.query<{ range: number; reading: string }>(connection.dialect.knex('etl_range').where({ run: runId }).whereNull('counts').orderBy('part').select('reading', { range: 'part' }))
  return rows.flatMap(({ range, reading }) => {
    const read = readJson(reading) as Reading | undefined
    return read === undefined ? [] : [{ range, reading: read }]
  })
}

/** Whether a range is still to be loaded, and its run is at work and the newest of its table. Asked under the range's lock. */
export async function isOpen(connection: Connection, runId: string, range: number): Promise<boolean> {
  return (await connection.query(ofRunAtWork(connection, runId).join('etl_range as g', 'g.run', 'r.run_id').where({ 'g.part': range }).whereNull('g.counts').select('g.part'))).length > 0
}

/** Whether a run is at work, and the newest of its table. */
export async function isAtWork(connection: Connection, runId: string): Promise<boolean> {
  return (await connection.query(ofRunAtWork(connection, runId).select('r.run_id'))).length > 0
}

const ofRunAtWork = ({ dialect: { knex } }: Connection, runId: string) =>
  knex('etl_run as r').join('etl_target as t', (on) => on.on('t.target', 'r.target').andOn('t.fence', 'r.fence')).where({ 'r.run_id': runId, 'r.status': 'running' })

/** A range that is loaded: by whom, and what was counted in it. */
export interface DoneRange<Counted> {
  readonly worker: string
  readonly counts: Counted
}

/** Those ranges of a run that are loaded. */
export async function doneRanges<Counted>(connection: Connection, runId: string): Promise<ReadonlyMap<number, DoneRange<Counted>>> {
  const rows = await connection.query<{ range: number; worker: string | null; counts: string }>(connection.dialect.knex('etl_range').where({ run: runId }).whereNotNull('counts').select('worker', 'counts', { range: 'part' }))
  return new Map(rows.map(({ range, worker, counts }) => [range, { worker: worker ?? '', counts: JSON.parse(counts) as Counted }]))
}

/**
 * Enters that a range is loaded, in the transaction that has brought its rows: whoever dies before its commit leaves
 * nothing, and of two who have loaded the same range one alone commits.
 *
 * @throws {FencedError} where somebody else has loaded it, or its run is over
 */
export async function markDone(connection: Connection, runId: string, range: number, worker: string, counted: unknown): Promise<void> {
  const touched = await connection.execute(connection.dialect.knex('etl_range').where({ run: runId, part: range }).whereNull('counts').update({ counts: JSON.stringify(counted), worker }))
  if (touched !== 1) throw new FencedError('somebody else has loaded this range, or its run is over', { where: `range ${range} of run ${runId}` })
}

/** A range that is not open has been loaded. @throws {FencedError} where it has not: its run is over, or its entry is gone, and nobody will ever load it */
export async function refuseLost(connection: Connection, runId: string, range: number): Promise<undefined> {
  if (!(await doneRanges(connection, runId)).has(range)) throw new FencedError('the run of this range is over, or the ledger does not know the range any more', { where: `range ${range} of run ${runId}` })
}

/** Takes the ranges of a table's runs away, whatever became of them. Only for who has the table's lock. */
export async function forgetRanges(connection: Connection, target: string): Promise<void> {
  const { knex } = connection.dialect
  await forget(connection, await connection.query<{ run: string }>(knex('etl_range').where({ target }).distinct('run')))
}

/** Takes the ranges of runs away that have ended: nobody loads them any more. */
export async function forgetEnded(connection: Connection): Promise<void> {
  const { knex } = connection.dialect
  const atWork = knex('etl_run as r').where({ 'r.status': 'running' }).whereRaw('r.run_id = etl_range.run').select(knex.raw('1'))
  await forget(connection, await connection.query<{ run: string }>(knex('etl_range').whereNotExists(atWork).distinct('run')))
}

/** Takes the ranges of one run away, which has ended. */
export const forgetRangesOf = (connection: Connection, runId: string): Promise<void> => forget(connection, [{ run: runId }])

/** By their key: those of other runs are in no way, and in nobody's. */
async function forget(connection: Connection, runs: readonly { readonly run: string }[]): Promise<void> {
  if (runs.length > 0) await connection.execute(connection.dialect.knex('etl_range').whereIn('run', runs.map(({ run }) => run)).delete())
}

/** A run whose ranges may be taken. */
export interface RunToHelp {
  readonly target: string
  readonly fence: number
  readonly refresh: string
}

/** A run by its id; undefined where the ledger does not know it. */
export async function runToHelp(connection: Connection, runId: string): Promise<RunToHelp | undefined> {
  const [run] = await connection.query<RunToHelp>(connection.dialect.knex('etl_run').where({ run_id: runId }).select('target', 'fence', 'refresh'))
  return run
}
