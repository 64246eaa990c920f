import { setTimeout as sleep } from 'node:timers/promises'
import type { PgPool } from 'bullmq'
import { readAddress } from '../../db/postgres/address.ts'
import type { Address } from '../../db/postgres/address.ts'
import { databaseError } from '../../db/postgres/errors.ts'
import { openPool } from '../../db/postgres/pool.ts'
import { ConfigurationError, DatabaseError } from '../../errors.ts'
import type { Line, LineWish, Watcher } from './line.ts'
import { queueOver } from './pooled.ts'
import { provideTables } from './tables.ts'
import { warningsOf } from './postgres-warnings.ts'
import { answerWithin } from './within.ts'

/** Beside the warehouse's tables and not among them; not `bullmq`, which other programs of the same database may use. */
const ownSchema = 'starline_queue'

/** Seconds that a worker waits for an answer: its jobs go on meanwhile. */
const patience = 60

/**
 * The queue in a schema of a PostgreSQL. Queues, workers and listeners share one pool.
 *
 * @throws {DatabaseError} where nobody answers within the deadline, or the user is not let in
 * @throws {ConfigurationError} where the queue's tables are not there and this user may not make them
 */
export async function openPostgres(url: string, { seconds, comesBack }: LineWish): Promise<Line> {
  const address = readAddress(url)
  const { place, schema } = atHome(address)
  const presence = new Presence(comesBack)
  const { pool: sessions, close } = openPool(address, {
    schema, connectSeconds: seconds, answerSeconds: comesBack ? patience : seconds, onBreak: () => presence.broke(() => pool.query('SELECT 1')),
  })
  // BullMQ describes pg's pool in its own words, which are a little narrower than pg's.
  const pool = sessions as unknown as PgPool
  const end = (): Promise<void> => {
    presence.isOver = true
    return close()
  }
  try {
    await answerWithin(seconds, () => ready(pool, { schema, user: address.user, place }))
  } catch (error) {
    await end()
    throw unreachable(error, place)
  }
  return {
    ...queueOver(pool, schema),
    place,
    get isUp() { return presence.isUp },
    watch: (watcher) => presence.watch(watcher),
    warnings: () => warningsOf(pool, address),
    // The pool's idle sessions keep nothing alive, and one that is in use does so by itself.
    keepAlive() {},
    close: end,
  }
}

function atHome({ schema = ownSchema, place }: Address): { schema: string; place: string } {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) return { schema, place }
  throw new ConfigurationError(`schema=${schema} can't be the queue's`, { where: place, wayOut: 'use small letters, digits and underscores, or leave it out' })
}

async function ready(pool: PgPool, at: { schema: string; user: string; place: string }): Promise<void> {
  const session = await pool.connect()
  try {
    await provideTables(session, at)
  } finally {
    session.release()
  }
}

function unreachable(error: unknown, place: string): Error {
  if (error instanceof ConfigurationError) return error
  const known = databaseError(error, place)
  if (!(known instanceof DatabaseError)) return known
  const { what, why, wayOut, transient } = known
  return new DatabaseError('the queue can\'t be reached', {
    where: place, why: [what, why].filter(Boolean).join(': '), transient,
    wayOut: wayOut ?? 'look whether its PostgreSQL is well, or say where it is with ETL_QUEUE or queue: in the configuration',
  })
}

/** Whether the server is there. One session that broke is enough to doubt it; then it is asked until it answers. */
class Presence {
  readonly #comesBack: boolean
  readonly #watchers: Watcher[] = []
  #isUp = true
  isOver = false

  constructor(comesBack: boolean) {
    this.#comesBack = comesBack
  }

  get isUp(): boolean { return this.#isUp }

  watch(watcher: Watcher): void {
    this.#watchers.push(watcher)
  }

  broke(ask: () => Promise<unknown>): void {
    if (!this.#isUp || this.isOver) return
    this.#isUp = false
    for (const { away } of this.#watchers) away()
    if (this.#comesBack) void this.#await(ask)
  }

  async #await(ask: () => Promise<unknown>): Promise<void> {
    for (let wait = 100; !this.#isUp && !this.isOver; wait = Math.min(wait * 2, 2_000)) {
      await sleep(wait, undefined, { ref: false })
      this.#isUp = await ask().then(() => true, () => false)
    }
    if (!this.isOver) for (const { back } of this.#watchers) back()
  }
}
