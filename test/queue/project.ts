/** The small star on real servers: its databases, its queue, its folder, and workers as processes of their own. */

import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import type { RowDataPacket } from 'mysql2/promise'
import { z } from 'zod'
import type { Result } from '../../engine/etl/etl.ts'
import type { RunContext } from '../../engine/etl/context.ts'
import { databasesOf } from '../../engine/etl/context.ts'
import { entriesOf } from '../../engine/etl/registry.ts'
import type { Config } from '../../engine/etl/registry.ts'
import { runAll } from '../../engine/etl/run-all.ts'
import type { RefreshReport } from '../../engine/etl/run-all.ts'
import { silent } from '../../engine/log.ts'
import { openLine } from '../../engine/queue/backend.ts'
import { queuesOn } from '../../engine/queue/queues.ts'
import { ledgerTables } from '../../engine/publish/ledger.ts'
import { openRefresh } from '../../engine/publish/refresh.ts'
import { asAdmin, atTheEnd, freshDatabase, freshRedis } from '../helpers/servers/index.ts'
import { until } from '../helpers/servers/machine.ts'
import { withConnection } from '../helpers/servers/mariadb.ts'
import { reachedBy, sourceSql, starOf, tables } from './star/star.ts'
import type { StarPlaces } from './star/star.ts'

export interface Project extends StarPlaces { config: Config }

/** A process that was started, what it said, and how it ended. */
export interface Child {
  readonly pid: number
  readonly said: () => string
  readonly ended: Promise<number | null>
  readonly kill: (signal: NodeJS.Signals) => void
}

/** A new star: an own source, warehouse, queue and folder. */
export async function newProject(more: Partial<StarPlaces> = {}): Promise<Project> {
  const folder = newFolder()
  const source = more.source ?? await filledSource()
  const warehouse = more.warehouse ?? (await freshDatabase('warehouse')).url
  const queue = more.queue ?? (await freshRedis()).url
  const places = { ...more, source, warehouse, queue, folder }
  return { ...places, config: starOf(places) }
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'starline-queue-'))
  atTheEnd(() => Promise.resolve(rmSync(folder, { recursive: true, force: true })))
  return folder
}

async function filledSource(): Promise<string> {
  const { readerUrl, adminUrl } = await freshDatabase('source')
  await withConnection(adminUrl, async (connection) => { for (const sql of sourceSql) await connection.query(sql) })
  return readerUrl
}

/** The same star on another machine: what is shared are the queue and the databases, and no folder. */
export function elsewhere(project: Project): Project {
  const folder = newFolder()
  const places = { ...project, folder }
  return { ...places, config: starOf(places) }
}

/** Starts one of the star's programs. */
export function start(project: StarPlaces, program: 'worker' | 'impatient-worker' | 'dying-worker' | 'program' | 'run' | 'at-rest', args: readonly string[] = []): Child {
  const file = fileURLToPath(new URL(`star/${program}.ts`, import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A thread looks for config.ts there.
    ...project.inThread && { cwd: fileURLToPath(new URL('star', import.meta.url)) },
    env: {
      ...process.env, STAR_SOURCE: project.source, STAR_WAREHOUSE: project.warehouse, STAR_QUEUE: project.queue, STAR_FOLDER: project.folder,
      STAR_PUBLISH: project.publish ?? 'together', STAR_FACTS_QUEUE: project.factsQueue ?? '', STAR_LIMIT: `${project.limit ?? 0}`, STAR_SLOW: `${project.slow ?? 0}`,
      STAR_RANGED: project.ranged ? 'yes' : '', STAR_REJECTS: project.rejects ? 'yes' : '',
      STAR_IN_THREAD: project.inThread ?? '', STAR_ETL_SECONDS: `${project.etlSeconds ?? 0}`,
    },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => { said += text.toString() })
  const ended = new Promise<number | null>((resolve) => { child.once('close', resolve) })
  atTheEnd(async () => { child.kill('SIGKILL') })
  return { pid: child.pid ?? 0, said: () => said, ended, kill: (signal) => void child.kill(signal) }
}

/** A whole refresh through the command line's own function. */
export async function refreshInTurn(config: Config, entries = entriesOf(config), concurrency = 1): Promise<RefreshReport> {
  const databases = databasesOf(config)
  const warehouse = await databases.warehouse()
  const controller = new AbortController()
  const refresh = await openRefresh(warehouse, { held: true, asked: 'test', onLost: (error) => controller.abort(error) })
  const context: RunContext = {
    config, warehouse, source: (name) => databases.source(name), refresh, signal: controller.signal, adopt: false, worker: 'test', log: silent, on() {},
  }
  const report = await runAll(entries, context, { concurrency, failFast: false })
  await refresh.end('succeeded')
  await databases.close()
  return report
}

export const tuplesOf = ({ etls }: RefreshReport): Result[] => etls.flatMap(({ result }) => (result === undefined ? [] : [result]))

/** Rows of a query on a database of the project, by who may do everything. */
export const rows = async (url: string, sql: string): Promise<RowDataPacket[]> =>
  withConnection(await asAdmin(url), async (connection) => (await connection.query<RowDataPacket[]>(sql))[0])

/** One number for the contents of each table of the star, null where there is none. */
export async function checksums(url: string): Promise<Record<string, string | null>> {
  const found = await rows(url, `CHECKSUM TABLE ${tables.join(', ')} EXTENDED`)
  return Object.fromEntries(found.map((row) => [String(row['Table']).split('.')[1], row['Checksum'] === null ? null : String(row['Checksum'])]))
}

const anEvent = z.record(z.string(), z.unknown())

/** The lines of the workers' log, as events. */
export function events(project: StarPlaces): Record<string, unknown>[] {
  const text = readFileSync(join(project.folder, 'logs', 'worker.jsonl'), 'utf8')
  return text.trim().split('\n').filter(Boolean).map((line) => anEvent.parse(JSON.parse(line)))
}

/** Waits until workers say that they work. */
export async function working(workers: readonly Child[]): Promise<void> {
  for (const worker of workers) await until('a worker says that it works', () => worker.said().includes('Working') || undefined, 20_000)
}

/** The processes that wait before closed sources, once all of them are reached. */
export function pidsThatReached({ folder }: StarPlaces, names: readonly string[]): number[] | undefined {
  const pids = names.map((name) => reachedBy(folder, name))
  return pids.includes(undefined) ? undefined : pids.map(Number)
}

/** What became of a job that was put into the queue by hand. */
export interface Answer { gave?: unknown; failed?: string; attempts?: number }

/** Puts jobs into the queue as anybody could who reaches the queue, and waits for what becomes of them. */
export async function deliver(project: StarPlaces, jobs: readonly { name: string; data: unknown; queue?: string }[]): Promise<Answer[]> {
  const line = await openLine(project.queue, { seconds: 3, comesBack: false })
  const queues = queuesOn(line)
  try {
    const added = await Promise.all(jobs.map(async ({ name, data, queue: own }) => {
      const queue = queues.named(own ?? (name === 'refreshDataWarehouse' ? 'refresh' : 'etl'))
      return { queue, id: (await queue.add(name, data, { jobId: `by-hand-${randomUUID()}` })).id ?? '' }
    }))
    return await Promise.all(added.map(({ queue, id }) => until(`job ${id} has ended`, async (): Promise<Answer | undefined> => {
      const state = await queue.getJobState(id)
      const job = await queue.getJob(id)
      if (state === 'completed') return { gave: job?.returnvalue }
      return state === 'failed' ? { failed: job?.failedReason ?? '', attempts: job?.attemptsMade ?? 0 } : undefined
    }, 20_000)))
  } finally {
    await line.close()
  }
}

/** A refresh as the command line opens it, still at work. */
export async function heldRefresh({ config }: Project): Promise<string> {
  const databases = databasesOf(config)
  const refresh = await openRefresh(await databases.warehouse(), { held: true, asked: 'test', onLost() {} })
  atTheEnd(async () => {
    await refresh.leave()
    await databases.close()
  })
  return refresh.id
}

/** Every text that was left anywhere: in the queue, in the logs, in the ledger, in errors. */
export async function everythingIn(project: Project, inQueue: string, errors: readonly unknown[]): Promise<string> {
  const ledger = await Promise.all(ledgerTables.map((table) => rows(project.warehouse, `SELECT * FROM ${table}`)))
  const logs = ['worker.log', 'worker.jsonl'].map((name) => readFileSync(join(project.folder, 'logs', name), 'utf8'))
  return [inQueue, ...logs, JSON.stringify(ledger), inspect(errors, { depth: 10 })].join('\n')
}
