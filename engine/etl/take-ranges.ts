import { setMaxListeners } from 'node:events'
import { borrow } from '../db/connection.ts'
import type { Connection } from '../db/connection.ts'
import { asError, ConfigurationError, FencedError, StarlineError } from '../errors.ts'
import type { Claim } from '../publish/claim.ts'
import { entered, leaveSession, renewSessions } from '../publish/holders.ts'
import { inputOf, readBy } from '../publish/inputs.ts'
import { silence } from '../publish/lease.ts'
import { heldRange } from '../publish/range-locks.ts'
import { isAtWork, isOpen, openRanges, runToHelp } from '../publish/ranges.ts'
import type { OpenRange, RunToHelp } from '../publish/ranges.ts'
import { badRowsOf } from './bad-rows.ts'
import { changed } from './changed.ts'
import { sourceUrl } from './context.ts'
import type { RunContext } from './context.ts'
import type { Etl, LoadRange, Target } from './etl.ts'
import { extractRange } from './extract.ts'
import { fingerprintOf } from './fingerprint.ts'
import { labelOf } from './registry.ts'
import type { Entry } from './registry.ts'
import { withSession } from './sessions.ts'
import { loadAndMark } from './sharing.ts'
import type { Reading } from './sharing.ts'
import { slotFor } from './slot.ts'
import { targetOf } from './target.ts'

/**
 * Takes ranges of a load that is somebody else's, one after the other, as long as there are any that nobody has: each is
 * read and loaded into the run's staging table, and counts from the commit on that brings its rows. None where the run is over.
 *
 * @returns how many
 * @throws {StarlineError} where this process would make other rows of them, or for whatever a load is ended by; then the range is free again
 */
export async function takeRanges(entry: Entry, context: RunContext, runId: string): Promise<number> {
  const over = new AbortController()
  const signal = AbortSignal.any([context.signal, over.signal])
  setMaxListeners(0, signal)
  return withSession(context.warehouse, signal, async (session) => {
    const run = await runToHelp(session, runId)
    const ranges = await openRanges<Reading>(session, runId)
    if (run === undefined || ranges.length === 0) return 0
    const watch = await watchRun(context, run, runId, (reason) => over.abort(reason))
    try {
      return await taken(entry, { ...context, signal }, session, { ...run, runId }, ranges)
    } catch (error) {
      throw over.signal.aborted ? over.signal.reason : error
    } finally {
      await watch.stop()
      await leaveSession(session)
    }
  })
}

type Helped = RunToHelp & { readonly runId: string }

async function taken(entry: Entry, context: RunContext, session: Connection, run: Helped, ranges: readonly OpenRange<Reading>[]): Promise<number> {
  const { target: table, runId } = run
  await refuseOther(entry, context, session, run, ranges)
  // Before the first range: who finds none keeps nobody from it.
  await slotFor(session, entry, context, 0)
  let loader: LoadRange | undefined
  let count = 0
  await entered(session, run.refresh, () => Promise.resolve())
  for (const { range, reading } of ranges) {
    const { lock } = heldRange(table, range)
    if (!(await session.lock(lock))) continue
    // Not before the lock is had: whoever takes the table over first raises its fence, and then looks who holds one.
    if (await isOpen(session, runId, range)) {
      context.on({ what: 'step', step: 'range-taken' }, entry)
      loader = await takeOne(entry, context, session, run, reading, loader)
      count += 1
      context.log.info(`Loaded range ${range} of ${labelOf(entry)}`, { event: 'range-loaded', type: entry.type, name: entry.name, refresh: run.refresh, run: runId, range })
    }
    await session.unlock(lock)
  }
  return count
}

/** @returns what loads the next one */
async function takeOne(entry: Entry, context: RunContext, session: Connection, run: Helped, reading: Reading, known: LoadRange | undefined): Promise<LoadRange> {
  const definition = entry.etl.create.definition(session.dialect.name)
  const claim: Claim = { runId: run.runId, fence: run.fence, lastKey: 0, lastRows: undefined, time: reading.time, live: undefined }
  const extracted = await extractRange(entry, context, reading.time, reading)
  try {
    const flow = changed(extracted.flow, entry, definition, session)
    const target: Target = {
      ...targetOf(entry, context, session, definition, claim, badRowsOf(entry.etl, labelOf(entry))),
      tableOf: (dimension) => sameInput(dimension, session, run),
      onRows: (rows) => context.on({ what: 'rows', rows, range: reading.range }, entry),
    }
    const loader = known ?? await entry.etl.rangeLoader!(flow, target)
    await loadAndMark(session, run.runId, reading.range, context.worker, () => loader(flow, target))
    return loader
  } finally {
    await extracted.close()
  }
}

/** Where a version of the code is at work that is not the run's, each would make rows of its own. @throws {ConfigurationError} */
async function refuseOther(entry: Entry, { config }: RunContext, { dialect }: Connection, { target }: RunToHelp, [first]: readonly OpenRange<Reading>[]): Promise<void> {
  const from = sourceUrl(config, entry.etl.source.from)
  const isSame = entry.etl.rangeLoader !== undefined && entry.etl.create.definition(dialect.name).table === target && await fingerprintOf(entry, dialect.name, from) === first?.reading.fingerprint
  if (!isSame) throw new ConfigurationError('this worker has another version of it, or another source, than the one that loads it', { where: labelOf(entry), wayOut: 'let all workers run the same version, and name the source alike' })
}

/** The table of a dimension, as the run has read it. @throws {StarlineError} where it is another one by now */
async function sameInput(dimension: Etl, session: Connection, { runId, refresh }: Helped): Promise<string> {
  const { table } = dimension.create.definition(session.dialect.name)
  const input = await inputOf(session, refresh, table)
  const read = await readBy(session, runId, table)
  if (input === undefined || read === undefined || (input.run ?? null) !== read) throw new StarlineError(`table ${table} is not the one any more that the run has read`)
  return input.table
}

/** Milliseconds between two looks at the run. */
const every = 2_000

/** Sees that the work ends with its run, and says meanwhile that this process is alive. */
async function watchRun({ warehouse }: RunContext, { refresh }: RunToHelp, runId: string, end: (reason: Error) => void): Promise<{ stop(): Promise<void> }> {
  const session = await borrow(warehouse)
  let under: Promise<void> = Promise.resolve()
  const look = async (): Promise<void> => {
    try {
      await renewSessions(session, refresh, silence)
      if (!(await isAtWork(session, runId))) end(new FencedError('the run whose range this is has ended', { where: `run ${runId}` }))
    } catch (error) {
      if (!session.isOpen) end(asError(error))
    }
  }
  const timer = setInterval(() => { under = under.then(look) }, every)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await under
      await session.close()
    },
  }
}
