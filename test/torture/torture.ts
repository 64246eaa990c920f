import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { openDatabase } from '../../engine/db/open.ts'
import type { Connection, Database } from '../../engine/db/connection.ts'
import { entriesOf } from '../../engine/etl/registry.ts'
import type { Config } from '../../engine/etl/registry.ts'
import { silent } from '../../engine/log.ts'
import { clearUp } from '../../engine/publish/janitor.ts'
import { processEtlTask } from '../../engine/queue/task.ts'
import { chanceOf } from '../harness/chance.ts'
import { freshDatabase, freshPostgres, startOwn } from '../helpers/servers/index.ts'
import { until } from '../helpers/servers/machine.ts'
import { openPool } from './pool.ts'
import type { Pool } from './pool.ts'

/** What happens to the workers or their queue while they work. */
export type Trouble = 'kills' | 'restarts' | 'wipes' | 'none'

export type QueueKind = 'redis' | 'postgres' | 'embedded'

export interface TortureOptions {
  readonly trouble: Trouble
  /** The embedded one has no workers beside this process, so it can only be left in peace. */
  readonly queue: QueueKind
  readonly jobs: number
  /** How often the trouble comes. */
  readonly times: number
  readonly workers: number
  /** Over how many tables the jobs are spread. */
  readonly etls: number
  readonly seed: number
  /** Whether the workers run the built package. */
  readonly compiled: boolean
  /** Spoils what was done before it is looked at: the look must see it. */
  readonly spoil?: (session: Connection) => Promise<void>
}

export interface Told {
  /** The figures, in one line. */
  readonly line: string
  readonly violations: readonly string[]
  readonly seconds: number
  /** How often the trouble came. */
  readonly struck: number
}

/** The queue under torture: the server, and how to hurt it. */
interface Queue {
  readonly url: string
  restart(): Promise<void>
  wipe(): Promise<void>
  close(): Promise<void>
}

async function redisQueue(): Promise<Queue> {
  const server = await startOwn('redis', { args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
  return {
    url: server.url,
    async restart() {
      await server.kill('SIGKILL')
      await server.restart()
    },
    async wipe() {
      const client = new Redis(server.url)
      await client.flushall()
      client.disconnect()
    },
    close: () => server.stop(),
  }
}

const never = (): never => { throw new Error('only a Redis is restarted and emptied here') }

async function postgresQueue(): Promise<Queue> {
  const { url, drop } = await freshPostgres('queue')
  return { url, restart: never, wipe: never, close: drop }
}

const embeddedQueue = async (): Promise<Queue> => ({ url: 'embedded', restart: never, wipe: never, close: () => Promise.resolve() })

const queues: Readonly<Record<QueueKind, () => Promise<Queue>>> = { redis: redisQueue, postgres: postgresQueue, embedded: embeddedQueue }

/** Where the process that adds the jobs does them too. */
const noPool: Pool = { kill: never, working: () => Promise.resolve(), said: () => '', stop: () => Promise.resolve() }

/** Adds the jobs, troubles the workers until they are done or it was often enough, and looks at what became of each. */
export async function torture(options: TortureOptions): Promise<Told> {
  const { jobs, workers, etls, trouble, queue: kind } = options
  const folder = await mkdtemp(join(tmpdir(), 'starline-torture-'))
  const warehouse = await freshDatabase('torture')
  const queue = await queues[kind]()
  const env = { TORTURE_WAREHOUSE: warehouse.url, TORTURE_QUEUE: queue.url, TORTURE_FOLDER: folder, TORTURE_ETLS: String(etls), TORTURE_FACTS: '0', TORTURE_SLEEP: '0' }
  Object.assign(process.env, env)
  const { default: config } = await import(`./star.mjs?${Date.now()}`) as { readonly default: Config }
  const database = await openDatabase(warehouse.url)
  let pool: Pool | undefined
  let task: Awaited<ReturnType<typeof addJobs>> | undefined
  try {
    let begun = performance.now()
    task = await addJobs(config, jobs)
    if (kind !== 'embedded') begun = performance.now()
    pool = kind === 'embedded' ? noPool : openPool(workers, env, options.compiled)
    const struck = await strikeUntilDone(options, pool, queue, database)
    const seconds = (performance.now() - begun) / 1000
    await spoilt(database, options.spoil)
    const violations = await violationsIn(database, jobs)
    return {
      line: `${trouble}, ${kind}, seed ${options.seed}: ${jobs} jobs over ${etls} tables, ${kind === 'embedded' ? 'in one process' : `${workers} workers`}, struck ${struck} times: ${seconds.toFixed(1)} s, ${violations.length} violations`,
      violations: violations.length === 0 ? [] : [...violations, pool.said()], seconds, struck,
    }
  } finally {
    await pool?.stop()
    await task?.close()
    await database.close()
    await queue.close()
    await warehouse.drop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function spoilt(database: Database, spoil: TortureOptions['spoil']): Promise<void> {
  if (spoil === undefined) return
  const session = await database.connect()
  try {
    await spoil(session)
  } finally {
    await session.close()
  }
}

/** Several at a time: each waits for the ledger and for the queue. */
async function addJobs(config: Config, jobs: number): Promise<{ close(): Promise<void> }> {
  const task = processEtlTask(config)
  const names = entriesOf(config).map(({ name }) => name)
  let next = 0
  await Promise.all(Array.from({ length: 8 }, async () => {
    for (let at = next++; at < jobs; at = next++) await task.add(names[at % names.length] ?? '', 'dimension')
  }))
  return task
}

/** Milliseconds between two strikes. */
const every = { kills: 400, restarts: 2_000, wipes: 4_000, none: 1_000 } as const

async function strikeUntilDone({ trouble, times, seed }: TortureOptions, pool: Pool, queue: Queue, database: Database): Promise<number> {
  const chance = chanceOf(seed)
  let struck = 0
  const strike = async (): Promise<void> => {
    if (trouble === 'none') return
    if (trouble === 'kills') pool.kill(chance())
    else await (trouble === 'restarts' ? queue.restart() : queue.wipe())
    struck += 1
  }
  const session = await database.connect()
  try {
    await until('every job has ended', async () => {
      const [open] = await session.query<{ n: number }>("SELECT COUNT(*) AS n FROM etl_refresh WHERE status IN ('waiting', 'running')")
      if (Number(open?.n) === 0) return true
      if (struck < times) {
        await sleep(every[trouble])
        await strike()
      }
      return undefined
    }, 1_800_000)
  } finally {
    await session.close()
  }
  return struck
}

/** What must not be: a job that did not succeed, or succeeded twice, a table that is not as it should be, and anything left lying about. */
async function violationsIn(database: Database, jobs: number): Promise<string[]> {
  const session = await database.connect()
  const count = async (sql: string): Promise<number> => Number((await session.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${sql}`))[0]?.n)
  try {
    await clearUp(session, silent)
    const found: [string, number][] = [
      ['refreshes that did not succeed', jobs - await count("etl_refresh WHERE status = 'succeeded'")],
      ['requests that did not succeed', jobs - await count("etl_request WHERE status = 'succeeded'")],
      ['requests without exactly one success', await count("(SELECT request_key FROM etl_run WHERE status = 'succeeded' GROUP BY request_key HAVING COUNT(*) <> 1) AS doubled")],
      ['tables still reserved', await count('etl_target WHERE reserved_by IS NOT NULL')],
      ['working tables left', (await session.tablesLike('')).filter((name) => /__[a-np-z]\d+$/.test(name)).length],
    ]
    for (const table of (await session.tablesLike('')).filter((name) => name.endsWith('_dim'))) {
      const rows = await session.query<{ id: number; name: string }>(`SELECT id, name FROM ${session.dialect.quote(table)} WHERE id > 0 ORDER BY id`)
      const content = rows.map(({ id, name }) => `${id} ${name}`).join(', ')
      if (content !== '1 one, 2 two, 3 three') found.push([`rows of ${table} that are not the source's: ${content}`, 1])
    }
    return found.filter(([, times]) => times !== 0).map(([what, times]) => `${what}: ${times}`)
  } finally {
    await session.close()
  }
}
