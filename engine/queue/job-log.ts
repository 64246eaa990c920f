import type { Job } from 'bullmq'
import type { Connection } from '../db/connection.ts'
import type { JobLine } from '../etl/queue-door.ts'
import { labelOf } from '../etl/registry.ts'
import type { Log } from '../log.ts'
import { requestsOf } from '../publish/requests.ts'
import { redact } from '../redact.ts'
import type { Jobs } from './jobs.ts'
import { etlJobId } from './message.ts'

/** What one attempt at a job may leave in the queue: lines, and characters of each. The worker's own log has all of it. */
const most = { lines: 500, characters: 1_000 }

/** Milliseconds between two writes, and the longest that the end of a job waits for its last one. */
const every = 1_000
const patience = 2_000

/** A line as it is stored: short names, for it is stored thousands of times. */
interface Stored { readonly t: number; readonly l: JobLine['level']; readonly m: string; readonly n: number; readonly w: string }

/** The log of a job, which the queue keeps with it: from every machine it can be asked what a job on another one did. */
export interface JobLog {
  readonly log: Log
  /** Writes what is left. Never fails: a queue that is away takes nothing away from the work. */
  end(): Promise<void>
}

/** Keeps the lines of a log with their job as well: redacted, cut, and many in one write. */
export function keepLines(job: Job, log: Log, worker: string): JobLog {
  let lines: string[] = []
  let count = 0
  let writing: Promise<unknown> = Promise.resolve()
  const flush = (): void => {
    if (lines.length === 0) return
    const text = lines.join('\n')
    lines = []
    writing = writing.then(() => job.log(text)).catch(() => undefined)
  }
  const timer = setInterval(flush, every)
  timer.unref()
  const keep = (level: JobLine['level'], message: string): void => {
    count += 1
    if (count > most.lines) return
    const text = count === most.lines ? 'More than the queue keeps of one job: the rest is in this worker\'s own log' : redact(message).slice(0, most.characters)
    lines.push(JSON.stringify({ t: Date.now(), l: level, m: text, n: job.attemptsMade + 1, w: worker } satisfies Stored))
  }
  const both = (level: JobLine['level']) => (message: string, fields?: Readonly<Record<string, unknown>>): void => {
    log[level](message, fields)
    keep(level, message)
  }
  return {
    log: { info: both('info'), warn: both('warn'), error: both('error'), close: () => log.close() },
    async end() {
      clearInterval(timer)
      flush()
      let late: NodeJS.Timeout | undefined
      await Promise.race([writing, new Promise((resolve) => { late = setTimeout(resolve, patience) })])
      clearTimeout(late)
    },
  }
}

/** What all jobs of a refresh have logged, by time. */
export async function logsOf(session: Connection, jobs: Jobs, refresh: string): Promise<readonly JobLine[]> {
  const etls = await requestsOf(session, refresh)
  const all = [
    ...linesOf(await jobs.main.getJobLogs(refresh), 'refresh'),
    ...(await Promise.all(etls.map(async (etl) => linesOf(await jobs.queueOf(etl).getJobLogs(etlJobId({ type: etl.type, name: etl.name, refresh })), labelOf(etl))))).flat(),
  ]
  return all.toSorted((a, b) => a.at - b.at)
}

function linesOf({ logs }: { readonly logs: readonly string[] }, of: string): JobLine[] {
  return logs.flatMap((text) => text.split('\n')).flatMap((line) => {
    const stored = read(line)
    return stored === undefined ? [] : [{ at: stored.t, level: stored.l, message: stored.m, of, attempt: stored.n, worker: stored.w }]
  })
}

/** Anybody who reaches the queue can write there: what is no line of ours is left out. */
function read(line: string): Stored | undefined {
  try {
    const { t, l, m, n, w } = JSON.parse(line) as Partial<Stored>
    const isOurs = typeof t === 'number' && (l === 'info' || l === 'warn' || l === 'error') && typeof m === 'string' && typeof n === 'number' && typeof w === 'string'
    return isOurs ? { t, l, m, n, w } : undefined
  } catch {
    return undefined
  }
}
