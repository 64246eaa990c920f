import { createHash } from 'node:crypto'
import type { Line, LineWish } from './line.ts'
import { LocalPostgres } from './local-postgres.ts'
import { queueOver } from './pooled.ts'
import { provideTables } from './tables.ts'

/** Who starts a worker on it by itself may expect otherwise. */
const alone = ['The queue lives in this process alone: what other programs add, they work on themselves. Way out: a redis:// or postgres:// URL, where all of them meet']

/** The one of this process: it takes seconds to start, and much memory. Made when the first line is opened, gone with the last. */
let local: Promise<LocalPostgres> | undefined
let lines = 0

/**
 * The queue in this very process, in memory: a PostgreSQL that is a library. What adds and what works share it. Nothing is lost
 * with it, since what was asked for stands in the ledger.
 *
 * It keeps no process alive, and nobody from outside can reach it: there is no port.
 */
export async function openEmbedded(_url: string, { warehouse = '' }: LineWish): Promise<Line> {
  const place = 'embedded'
  // Each warehouse has its own: what is asked for one is unknown to another.
  const schema = `queue_${createHash('sha256').update(warehouse).digest('hex').slice(0, 12)}`
  lines += 1
  let isOpen = true
  const close = async (): Promise<void> => {
    if (!isOpen) return
    isOpen = false
    lines -= 1
    if (lines > 0) return
    const ending = local
    local = undefined
    await (await ending?.catch(() => undefined))?.close()
  }
  try {
    const server = await (local ??= LocalPostgres.start())
    await server.alone(schema, (session) => provideTables(session, { schema, user: 'postgres', place }))
    return {
      ...queueOver(server.pool(schema), schema),
      place, isUp: true, watch() {}, keepAlive() {}, close,
      warnings: () => Promise.resolve(alone),
    }
  } catch (error) {
    await close()
    throw error
  }
}
