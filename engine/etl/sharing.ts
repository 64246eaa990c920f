import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../db/connection.ts'
import type { FurtherRange, RangeTerms } from '../db/flow.ts'
import { isOneProcess } from '../db/open.ts'
import { messageOf } from '../errors.ts'
import { plural } from '../plural.ts'
import type { Claim } from '../publish/claim.ts'
import { endIfSilent } from '../publish/holders.ts'
import { endRanges, heldRange } from '../publish/range-locks.ts'
import { doneRanges, enterRanges, forgetRanges, isOpen, markDone, refuseLost } from '../publish/ranges.ts'
import type { TableDefinition } from '../sql/create.ts'
import { sourceUrl } from './context.ts'
import type { Helpers, RunContext } from './context.ts'
import type { RangeCounts, Sharing } from './etl.ts'
import { fingerprintOf } from './fingerprint.ts'
import { labelOf } from './registry.ts'
import type { Entry } from './registry.ts'
import { onBorrowed, withSession } from './sessions.ts'

/** What the ledger says of a range to whoever takes it. */
export interface Reading extends RangeTerms {
  /** The time of the run's changes, which its source's `:refreshed_at` stands for. */
  readonly time: string
  /** Who would make other rows of it leaves it. */
  readonly fingerprint: string
}

/** Those who could be, or were, asked to take ranges, and how many of them. */
interface Called {
  readonly who: Helpers
  readonly count: number
}

/** Milliseconds between two looks at ranges that others have, and between two looks whether these stand still; and in which who has loaded one lets go of it. */
const pause = { look: 50, silent: 2_000, letGo: 1_000 }

/** How the ranges of a run are shared with others; undefined where there are none. */
export function sharingOf(entry: Entry, context: RunContext, session: Connection, { table }: TableDefinition, run: Claim): Sharing | undefined {
  const { helpers = [], log, worker } = context
  const from = sourceUrl(context.config, entry.etl.source.from)
  if (helpers.length === 0 || entry.etl.rangeLoader === undefined || isOneProcess(from)) return undefined
  const event = { type: entry.type, name: entry.name, refresh: context.refresh.id }
  let could: readonly Called[] = []
  const called: Called[] = []
  const loadedBy = new Map<number, string>()
  let entering: Promise<void> | undefined
  let fingerprint: string | undefined
  let looked = performance.now()
  const enter = async (further: readonly FurtherRange[]): Promise<void> => {
    const known = fingerprint ?? ''
    const ranges = further.map(({ terms }) => ({ range: terms.range, reading: { ...terms, time: run.time, fingerprint: known } satisfies Reading }))
    // The run's own session is at work.
    await onBorrowed(context.warehouse, async (other) => {
      // Of a run whose worker died, and whose staging table somebody has dropped since.
      await forgetRanges(other, table)
      await enterRanges(other, { runId: run.runId, target: table }, ranges)
    }, context.signal)
  }
  return {
    async isWorthwhile() {
      could = await Promise.all(helpers.map(async (who) => ({ who, count: await who.count(entry, session) })))
      if (!could.some(({ count }) => count > 0)) return false
      // Not later on: while a function computes, each answer of a file waits for its turn.
      fingerprint = await fingerprintOf(entry, session.dialect.name, from)
      return fingerprint !== undefined
    },
    async offer(ranges, load) {
      const offered = await Promise.all(could.filter(({ count }) => count > 0).map(async ({ who, count: most }) => {
        if (!(await who.areWorthwhile(load))) return false
        await (entering ??= enter(ranges))
        // Who comes takes as many as there are.
        const count = Math.min(ranges.length, most)
        called.push({ who, count })
        // A queue that refuses takes nothing away: what nobody takes is loaded here.
        await who.call(entry, run, count, load).then(
          () => log.info(`Offered ${plural(ranges.length, 'range')} of ${labelOf(entry)} to ${who.whom}`, { event: 'ranges-offered', ...event, ranges: ranges.length }),
          (error: unknown) => log.warn(`Could not offer ranges of ${labelOf(entry)} to ${who.whom}: ${messageOf(error)}`, { event: 'ranges-not-offered', ...event }),
        )
        return true
      }))
      return offered.includes(true)
    },
    areComing: () => called.some(({ who }) => who.areComing(run)),
    async done() {
      const done = await doneRanges<RangeCounts>(session, run.runId)
      for (const [range, { worker: by, counts }] of done) {
        if (by === worker || loadedBy.has(range)) continue
        loadedBy.set(range, by)
        log.info(`${by} has loaded range ${range} of ${labelOf(entry)}: ${plural(counts.read, 'row')}`, { event: 'range-helped', ...event, range, by, rows: counts.read })
      }
      return new Map([...done].map(([range, { counts }]) => [range, counts]))
    },
    helped: () => countOf([...loadedBy.values()]),
    async free(ranges) {
      const free: number[] = []
      for (const range of ranges) if (await session.holderOf(heldRange(table, range).lock) === undefined) free.push(range)
      return free
    },
    take: (range, load, signal) => withSession(context.warehouse, signal, async (other) => {
      if (!(await other.lock(heldRange(table, range).lock))) return undefined
      if (!(await isOpen(other, run.runId, range))) return await refuseLost(other, run.runId, range)
      return loadAndMark(other, run.runId, range, worker, load)
    }),
    async wait(ranges) {
      context.signal.throwIfAborted()
      await sleep(pause.look)
      if (performance.now() - looked < pause.silent) return
      for (const range of ranges) {
        const { ended } = await endIfSilent(session, heldRange(table, range))
        if (ended) log.warn(`Ended a worker that stood still with range ${range} of ${labelOf(entry)}`, { event: 'range-freed', ...event, range })
      }
      looked = performance.now()
    },
    async end(isLoaded) {
      if (entering === undefined) return
      await Promise.all(called.map(({ who, count }) => who.dismiss(entry, run, count).catch(() => undefined)))
      // What is left of them when the session is lost, the next run of the table ends.
      if (!session.isOpen) return
      await endRanges(session, table, isLoaded ? pause.letGo : 0).then(() => forgetRanges(session, table)).catch((error: unknown) => log.warn(`Could not end those who take ranges of ${labelOf(entry)}: ${messageOf(error)}`, { event: 'ranges-not-ended', ...event }))
    },
  }
}

/** How often each of some names comes. */
const countOf = (names: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries([...new Set(names)].map((name) => [name, names.filter((one) => one === name).length]))

/** The rows of a range, and the word that it is done: both or neither. */
export function loadAndMark(session: Connection, runId: string, range: number, worker: string, load: (session: Connection) => Promise<RangeCounts>): Promise<RangeCounts> {
  return session.transaction(async () => {
    const counts = await load(session)
    await markDone(session, runId, range, worker, counts)
    return counts
  })
}
