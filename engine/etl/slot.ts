import type { Connection } from '../db/connection.ts'
import { takeSlot } from '../publish/slots.ts'
import type { Slot } from '../publish/slots.ts'
import type { RunContext } from './context.ts'
import { labelOf } from './registry.ts'
import type { Entry } from './registry.ts'

/** Milliseconds that a job waits for a slot before it makes room for another one. */
const patience = 5_000

const none: Slot = { release: () => Promise.resolve() }

/**
 * A slot of the source that an ETL reads, where the configuration limits that one. Who comes again by himself waits a short
 * while; who doesn't, as the command line, as long as it takes. Who only helps does not wait (`milliseconds` is 0).
 *
 * @throws {BusyError} where all of them stay taken
 */
export async function slotFor(session: Connection, { type, name, etl: { source } }: Entry, { config, refresh, comesAgain, log }: RunContext, milliseconds = comesAgain === undefined ? Infinity : patience): Promise<Slot> {
  const known = source.from ?? 'default'
  const most = Object.hasOwn(config.limits, known) ? config.limits[known] : undefined
  if (most === undefined || source.standsAlone === true) return none
  const wait = takeSlot(session, refresh.id, { source: known, most }, milliseconds)
  const timer = setTimeout(() => log.info(`${labelOf({ type, name })} waits until source ${known} is read by fewer`, { event: 'slot-waits', type, name, refresh: refresh.id, source: known, most }), 1_000)
  try {
    return await wait
  } finally {
    clearTimeout(timer)
  }
}
