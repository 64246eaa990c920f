import type { JobLine } from '../etl/queue-door.ts'
import { etlsIn } from '../publish/standing.ts'
import type { EtlStanding, RefreshStanding } from '../publish/standing.ts'
import { clean } from './document.ts'
import type { Door } from './door.ts'
import { atLedger, onlyWord, refreshCalled } from './ledger-door.ts'
import { paint } from './terminal.ts'
import type { Screen } from './terminal.ts'
import { folded } from './words.ts'
import type { Written } from './written.ts'

/** `starline logs`: what the jobs of a refresh have logged, on whatever machine. The exit code. */
export async function logs(written: Written, door: Door): Promise<number> {
  const name = onlyWord(written, 'logs', 'the refresh')
  const { out, err } = door.io
  return atLedger(door, true, async ({ config, session }) => {
    const refresh = await refreshCalled(session, name)
    const lines = refresh.held ? [] : await (await door.queue(config)).logs(config, session, refresh.id)
    if (written['json'] === true) out.write(`${JSON.stringify(clean({ refresh: refresh.id, lines: lines.map(({ at, ...line }) => ({ at: new Date(at).toISOString(), ...line })) }), undefined, 2)}\n`)
    else out.write(lines.map((line) => textOf(line, out)).join(''))
    if (lines.length === 0) err.write(folded(elsewhere(refresh, await etlsIn(session, refresh.id), config.logs), err.width(), 2))
    return 0
  })
}

function textOf({ at, level, message, of, attempt, worker }: JobLine, screen: Screen): string {
  const head = `${new Date(at).toISOString()} ${of}${attempt > 1 ? ` (attempt ${attempt})` : ''}`
  const word = level === 'info' ? '' : `${paint(screen, level === 'error' ? 'red' : 'yellow', level.toUpperCase())} `
  return `${paint(screen, 'dim', head)}  ${word}${message}  ${paint(screen, 'dim', worker)}\n`
}

/** Where the lines are that the queue has not. */
function elsewhere({ id, held, status }: RefreshStanding, etls: readonly EtlStanding[], folder: string | undefined): string {
  const place = folder === undefined ? 'a log file, if its configuration names a folder for them' : `${folder}/${held ? 'run' : 'worker'}.log`
  if (held) return `Refresh ${id} was driven by run.ts, which writes to ${place} where it was run.\n`
  const workers = [...new Set(etls.flatMap(({ run }) => run?.worker ?? []))]
  if (workers.length === 0) return `Nobody has begun refresh ${id}${status === 'waiting' ? ' yet' : ''}: there are no lines of it.\n`
  return `The queue has no lines of refresh ${id} any more: it keeps those of jobs that succeeded for 7 days, of others for 30. Its workers were ${workers.join(', ')}: look into ${place} there.\n`
}
