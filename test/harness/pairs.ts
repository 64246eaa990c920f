/** Two loaders on one star: side by side, and one that was stopped while the other took over. */

import { execFileSync } from 'node:child_process'
import type { Connection, Database } from '../../engine/db/connection.ts'
import { openDatabase } from '../../engine/db/open.ts'
import { dropTable } from '../../engine/publish/drop.ts'
import { silent } from '../../engine/log.ts'
import { clearUp } from '../../engine/publish/janitor.ts'
import { lastPublished } from '../../engine/publish/last-published.ts'
import { openRefresh } from '../../engine/publish/refresh.ts'
import { rollback } from '../../engine/publish/rollback.ts'
import { until } from '../helpers/servers/machine.ts'
import { contentFaults, faultsOf, noPast } from './checks.ts'
import type { Past } from './checks.ts'
import { contentOf, small } from './content.ts'
import { gated, newGate } from './gate.ts'
import type { Gate } from './gate.ts'
import type { FailPoint, Job, Note, Report } from './job.ts'
import { load } from './load.ts'
import type { Loaders, Running } from './loaders.ts'
import { after, nothing } from './model.ts'
import type { State } from './model.ts'
import { creates, tables } from './star.ts'
import type { Table } from './star.ts'
import type { Place } from './scene.ts'
import { endSessions, otherSessions, silenceAll } from './sessions.ts'

/** A star on which several loaders work, looked at from outside. */
export interface Bench {
  readonly place: Place
  readonly database: Database
  readonly seed: number
  readonly past: Past
  /** The generation of every refresh there ever was. */
  readonly refreshes: Map<string, number>
  generation: number
  close(): Promise<void>
}

/** Opens a warehouse and loads the first generation. */
export async function openBench(place: Place, seed: number): Promise<Bench> {
  const database = await openDatabase(place.url)
  const bench: Bench = { place, database, seed, past: noPast(), refreshes: new Map(), generation: 0, close: () => database.close() }
  await inside(bench, {})
  return bench
}

/** The next generation's job. */
function nextJob(bench: Bench, more: Partial<Job> = {}): Job {
  bench.generation += 1
  return { door: 'run', warehouse: bench.place.url, seed: bench.seed, generation: bench.generation, size: small, notes: '', ...more }
}

function remember({ refreshes, past }: Bench, note: Note, { generation }: Job): void {
  if (note.what !== 'refresh') return
  refreshes.set(note.id, generation)
  past.refreshes.set(note.id, generation)
}

/** Loads in this process; `stop` shuts the gate at a step, until somebody opens it. */
export async function inside(
  bench: Bench, more: Partial<Job>, stop?: { readonly at: FailPoint; readonly gate: Gate }, database: Database = bench.database,
): Promise<Report> {
  const job = nextJob(bench, more)
  const note = (line: Note): void => remember(bench, line, job)
  return load(job, note, (point) => {
    if (stop && point.step === stop.at.step && point.etl === stop.at.etl) stop.gate.shut()
  }, stop === undefined ? database : gated(database, stop.gate))
}

/** The same in a process of its own. */
export async function outside(bench: Bench, loaders: Loaders, more: Partial<Job> = {}): Promise<{ running: Running; report: Promise<Report> }> {
  const job = nextJob(bench, more)
  const running = await loaders.start(job)
  const report = running.ended.then((ending) => {
    for (const note of ending.notes) remember(bench, note, job)
    if (ending.report === undefined) throw new Error(`the loader ended without a report: ${ending.said}`)
    return ending.report
  })
  return { running, report }
}

/**
 * What is wrong with the tables, whichever of the loaders won: each holds just what the successes that the ledger knows
 * of have made of it, row by row and key by key.
 */
export async function faultsNow(bench: Bench): Promise<string[]> {
  return withSession(bench, async (session) => contentFaults(session, await stateByLedger(bench, session), bench.past))
}

/** One more load, alone: it must succeed, and then everything must be in its place. */
export async function faultsAfterNext(bench: Bench): Promise<string[]> {
  bench.past.refreshes.clear()
  const report = await inside(bench, {})
  if (report.errors.length > 0) return report.errors.map((error) => `the next load failed: ${error}`)
  return withSession(bench, async (session) => {
    const state = await stateByLedger(bench, session)
    if (state.path.at(-1) !== bench.generation) return [`generation ${bench.generation} is not what is live after it succeeded`]
    return faultsOf(session, state, bench.past, report)
  })
}

async function stateByLedger({ refreshes, seed }: Bench, session: Connection): Promise<State> {
  const runs = await session.query<{ target: string; refresh: string }>("SELECT target, refresh FROM etl_run WHERE status = 'succeeded' ORDER BY fence")
  const stateOf = (table: Table): State => runs.filter(({ target }) => target === table)
    .reduce((state, { refresh }) => after(state, contentOf(seed, refreshes.get(refresh) ?? 0, small)), nothing)
  const { path, sales } = stateOf('sale_fact')
  return { path, sales, shops: stateOf('shop_dim').shops, items: stateOf('item_dim').items }
}

async function withSession<T>({ database }: Bench, work: (session: Connection) => Promise<T>): Promise<T> {
  const session = await database.connect()
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}

/** Waits until a process stands still: it has stopped itself. */
export async function stoodStill({ pid }: Running): Promise<void> {
  await until(`process ${pid} has stopped`, () => execFileSync('ps', ['-o', 'state=', '-p', String(pid)]).toString().startsWith('T') || undefined, 30_000)
}

/** Ends all sessions of the warehouse but this process's, as an administrator would, and waits until the server has let them go. */
export async function killOtherSessions(bench: Bench): Promise<number> {
  return withSession(bench, async (session) => {
    const others = await otherSessions(session)
    await endSessions(session, others)
    return others.length
  })
}

/** The first loader is stopped at a step, without any lock of its own; the second one takes over; the first goes on. */
export async function overtakenAt(bench: Bench, at: FailPoint): Promise<{ first: Report; second: Report }> {
  const gate = newGate()
  const running = inside(bench, { lockless: true }, { at, gate })
  await Promise.race([gate.reached, running])
  const second = await inside(bench, {})
  gate.open()
  return { first: await running, second }
}

/** Asks the warehouse; times are its own. */
export async function ask(bench: Bench, sql: (dialect: Connection['dialect']) => string): Promise<Record<string, unknown>[]> {
  return withSession(bench, (session) => session.query(sql(session.dialect)))
}

/** As if more time than every lease had passed since anybody was heard of. */
export const silence = (bench: Bench): Promise<void> => withSession(bench, silenceAll)

/** The janitor passes. */
export const sweep = (bench: Bench): Promise<void> => withSession(bench, (session) => clearUp(session, silent))

/** Drops the star, as `--drop_tables` does. */
export const dropAll = (bench: Bench): Promise<void> => asRefresh(bench, async (session, refresh) => {
  for (const table of tables) {
    const [type, name] = [table.endsWith('_fact') ? 'fact' : 'dimension', table.split('_')[0] ?? table]
    await dropTable(session, { refresh, type, name, table, worker: 'a test', adopt: false, step() {} })
  }
})

/** Puts back what stood before the last refresh, as `--rollback` does. */
export const rollBack = (bench: Bench): Promise<void> => asRefresh(bench, async (session, refresh) => {
  const definitionOf = (target: string) => creates[target as Table].definition(session.dialect.name)
  await rollback(session, await lastPublished(session), { refresh, worker: 'a test', step() {}, definitionOf })
})

async function asRefresh({ database }: Bench, work: (session: Connection, refresh: string) => Promise<void>): Promise<void> {
  const refresh = await openRefresh(database, { held: true, asked: 'a test', onLost() {} })
  const session = await database.connect()
  try {
    await work(session, refresh.id)
  } finally {
    await session.close()
    await refresh.end('succeeded')
  }
}
