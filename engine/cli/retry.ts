import { asError, BusyError, ConfigurationError } from '../errors.ts'
import { entriesOf } from '../etl/registry.ts'
import type { RefreshStanding } from '../publish/standing.ts'
import { clean, documentText } from './document.ts'
import type { Door } from './door.ts'
import { follow } from './follow.ts'
import { atLedger, onlyWord, refreshCalled } from './ledger-door.ts'
import type { AtLedger } from './ledger-door.ts'
import { exitCodeOf } from './outcome.ts'
import { showProgress } from './progress.ts'
import { reportText } from './report.ts'
import { errorText } from './say-error.ts'
import type { Draft } from './scene.ts'
import type { Io } from './terminal.ts'
import { counted } from './words.ts'
import type { Written } from './written.ts'

/** `starline retry`: once more what came to nothing of a refresh, and nothing else. With `--wait` it is followed to its end. The exit code. */
export async function retry(written: Written, door: Door): Promise<number> {
  const name = onlyWord(written, 'retry', 'the refresh')
  return atLedger(door, false, async (at) => {
    const { config, session, stop } = at
    const refresh = await refreshCalled(session, name)
    refuse(refresh)
    const queue = await door.queue(config)
    const etls = await queue.retry(config, session, refresh.id)
    // Where nobody else could do it this process does, and ends when it has.
    const ended = queue.isAlone(config) ? queue.endHere(config, false) : Promise.resolve()
    stop.signal.addEventListener('abort', () => void queue.endHere(config, true))
    const code = written['wait'] === true ? await followed(at, door.io, refresh.id, written) : 0
    if (written['wait'] !== true) tell(door.io, refresh.id, etls, written['json'] === true)
    await ended
    return code
  })
}

function tell({ out }: Io, refresh: string, etls: readonly string[], json: boolean): void {
  out.write(json ? `${JSON.stringify(clean({ refresh, etls }), undefined, 2)}\n`
    : `Asked once more for ${counted(etls.length, 'ETL')} of refresh ${refresh}: ${etls.join(', ')}.\n\nNext: npx starline status ${refresh}\n`)
}

/** Waits for the end, and reports as `--enqueue --wait` does. The exit code. */
async function followed({ config, warehouse, stop }: AtLedger, io: Io, refresh: string, { json, quiet }: Written): Promise<number> {
  const begun = performance.now()
  const progress = showProgress(io.err, quiet === true)
  const outcome: Draft = { refresh, byWorkers: true, seconds: 0 }
  // Not the one that Ctrl-C ends: that ends the waiting, in good order.
  const session = await warehouse.connect()
  try {
    await follow(refresh, { session, entries: entriesOf(config), progress, signal: stop.signal }, outcome)
  } catch (error) {
    outcome.error = asError(error)
  } finally {
    await session.close()
    progress.close()
  }
  outcome.seconds = (performance.now() - begun) / 1000
  if (json === true) io.out.write(documentText(outcome))
  else if (outcome.error !== undefined && outcome.report === undefined) io.err.write(errorText(io.err, outcome.error, io.env))
  else io.out.write(reportText(outcome, config, io))
  return stop.code() ?? exitCodeOf(outcome)
}

/** @throws what keeps this refresh from being retried */
function refuse({ id, status, held }: RefreshStanding): void {
  const where = `refresh ${id}`
  if (status === 'waiting' || status === 'running') throw new BusyError('this refresh has not ended', { where, wayOut: `wait for it (npx starline status ${id}), or end it first: npx starline cancel ${id}` })
  if (held) throw new ConfigurationError('this refresh was driven by run.ts, which nobody goes on with', { where, wayOut: 'run it again; --select names what failed' })
  if (status === 'succeeded') throw new ConfigurationError('this refresh has succeeded: there is nothing to retry', { where, wayOut: 'ask for a new one: npx starline run --run_dimensions --run_facts --enqueue' })
  if (status === 'rolled_back') throw new ConfigurationError('this refresh was rolled back, and is not gone on with', { where, wayOut: 'ask for a new one: npx starline run --run_dimensions --run_facts --enqueue' })
}
