import { BusyError, ConfigurationError } from '../errors.ts'
import type { RefreshStanding } from '../publish/standing.ts'
import { clean } from './document.ts'
import type { Door } from './door.ts'
import { atLedger, onlyWord, refreshCalled } from './ledger-door.ts'
import { counted } from './words.ts'
import type { Written } from './written.ts'

/** `starline retry`: once more what came to nothing of a refresh, and nothing else. The exit code. */
export async function retry(written: Written, door: Door): Promise<number> {
  const name = onlyWord(written, 'retry', 'the refresh')
  const { io } = door
  return atLedger(door, false, async ({ config, session, stop }) => {
    const refresh = await refreshCalled(session, name)
    refuse(refresh)
    const queue = await door.queue(config)
    const etls = await queue.retry(config, session, refresh.id)
    if (written['json'] === true) io.out.write(`${JSON.stringify(clean({ refresh: refresh.id, etls }), undefined, 2)}\n`)
    else io.out.write(`Asked once more for ${counted(etls.length, 'ETL')} of refresh ${refresh.id}: ${etls.join(', ')}.\n\nNext: npx starline status ${refresh.id}\n`)
    if (!queue.isAlone(config)) return 0
    // Nobody else could do it: this process does, and ends when it has.
    const ended = queue.endHere(config, false)
    stop.signal.addEventListener('abort', () => void queue.endHere(config, true))
    await ended
    return 0
  })
}

/** @throws what keeps this refresh from being retried */
function refuse({ id, status, held }: RefreshStanding): void {
  const where = `refresh ${id}`
  if (status === 'waiting' || status === 'running') throw new BusyError('this refresh has not ended', { where, wayOut: `wait for it (npx starline status ${id}), or end it first: npx starline cancel ${id}` })
  if (held) throw new ConfigurationError('this refresh was driven by run.ts, which nobody goes on with', { where, wayOut: 'run it again; --select names what failed' })
  if (status === 'succeeded') throw new ConfigurationError('this refresh has succeeded: there is nothing to retry', { where, wayOut: 'ask for a new one: npx starline run --run_dimensions --run_facts --enqueue' })
  if (status === 'rolled_back') throw new ConfigurationError('this refresh was rolled back, and is not gone on with', { where, wayOut: 'ask for a new one: npx starline run --run_dimensions --run_facts --enqueue' })
}
