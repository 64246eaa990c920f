import { parseArgs } from 'node:util'
import { ConfigurationError, messageOf } from '../errors.ts'
import { plural } from '../plural.ts'
import { entriesOf } from '../etl/registry.ts'
import type { Config } from '../etl/registry.ts'
import { loadConfig } from '../load-config.ts'
import type { Log } from '../log.ts'
import { redact } from '../redact.ts'
import { withPackages } from './backend.ts'
import type { RunningWorker } from './worker.ts'

const help = `Takes jobs from the queue and loads one dimension or fact at a time. Start as many workers as you like,
on as many machines as you like. Ctrl-C lets the job at work finish for 10 seconds, then gives it back.

Usage  npm run worker -- [flags]

Flags
  --concurrency N   work on N jobs of each queue side by side (1)
  --queues a,b      take only ETLs that wait in these queues, default among them; all unless told
  --drain           end when its queues are empty
  --port P          tell at this port how it is: /healthz, and /metrics for Prometheus
  --host H          for whom the port is open; 127.0.0.1 unless told: this machine alone
  --help            this text

Examples
  npm run worker                                         take everything, until Ctrl-C
  npm run worker -- --concurrency 4 --port 9101          four side by side; curl http://127.0.0.1:9101/healthz
  npm run worker -- --queues heavy                       on the large machine
  npm run worker -- --drain                              work until nothing is left
  node --import tsx tasks/worker.ts                      the same for systemd or Docker: npm does not pass every signal on

Exit code: 0 stopped or drained, 1 the queue or the warehouse can't be reached, 2 the flags or the configuration are wrong.
`

/** Seconds that a job may go on after the worker was told to stop, and until the process ends in any case. */
const graceSeconds = 10
const hardSeconds = 15

/** A configuration, or how to import it. */
export type WorkConfig = Config | (() => Promise<{ readonly default: Config }>)

/**
 * A worker's whole life: reads its flags, works until it is told to stop (SIGTERM, Ctrl-C) or, with `--drain`, until the
 * queue is empty. Logs to `worker.log` and `worker.jsonl` in the logs folder. Needs the packages of its queue.
 *
 * @returns the exit code: 0 stopped or drained, 1 the queue or the warehouse can't be reached, 2 wrong flags or configuration
 * @example process.exitCode = await work(() => import('../config.ts'), process.argv.slice(2))
 */
export async function work(config: WorkConfig, argv: readonly string[]): Promise<number> {
  // Where nobody reads, or a disk is full, there is a log; a job at work must not end for it.
  process.stderr.on('error', () => undefined)
  try {
    const { help: asked, ...flags } = flagsOf(argv)
    if (asked) {
      process.stdout.write(help)
      return 0
    }
    return await live(await loadConfig(config), flags)
  } catch (error) {
    say(messageOf(error))
    return error instanceof ConfigurationError ? 2 : 1
  }
}

async function live(config: Config, { concurrency, queues, drain, host, port }: Flags): Promise<number> {
  // What opens a log is heavy, and only a worker needs it.
  const { openLog } = await import('../log.ts')
  const log = openLog(config.logs, 'worker')
  const seen = seenToo(log)
  const { startWorker } = await withPackages(config.queue, () => import('./worker.ts'))
  try {
    const worker = await startWorker(config, { concurrency, queues, log: seen })
    const open = port === undefined ? undefined : await (await import('./port.ts')).openPort(host, port, worker).catch(async (error: unknown) => {
      await worker.stop()
      throw error
    })
    const start = `Working on ${worker.queue}, ${plural(entriesOf(config).length, 'ETL')} into ${worker.warehouse}${open === undefined ? '' : `. ${open.url}/healthz and /metrics tell how it is`}`
    say(`${start}. Ctrl-C stops.`)
    log.info(start, { event: 'worker-started', concurrency, process: process.pid, worker: worker.name })
    for (const warning of worker.warnings) seen.warn(warning, { event: 'queue-warning' })
    await untilToldToStop(worker, drain)
    await open?.close()
    log.info('Stopped', { event: 'worker-stopped', process: process.pid, worker: worker.name })
    return 0
  } catch (error) {
    log.error(`The worker could not go on: ${messageOf(error)}`, { event: 'worker-failed' })
    throw error
  } finally {
    await log.close()
  }
}

/** What somebody in front of a worker wants to see of its log, besides all that went wrong. */
const worthSeeing: readonly unknown[] = ['job-started', 'loaded', 'published', 'job-put-off', 'job-given-back', 'queue-back']

/** The same log, which says these events on standard error too. */
const seenToo = (log: Log): Log => ({
  info(message, fields) {
    log.info(message, fields)
    if (worthSeeing.includes(fields?.['event'])) say(message)
  },
  warn(message, fields) {
    log.warn(message, fields)
    say(message)
  },
  error(message, fields) {
    log.error(message, fields)
    say(message)
  },
  close: () => log.close(),
})

/** Resolves when the worker has stopped in good order. Where that takes too long, the process ends: another worker finds its job. */
async function untilToldToStop(worker: RunningWorker, drain: boolean): Promise<void> {
  const timers: NodeJS.Timeout[] = []
  const told = new Promise<void>((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      const again = timers.length > 0
      say(again ? `${signal} again: giving the job back` : stopping(worker))
      if (again) worker.abort()
      else {
        timers.push(setTimeout(() => worker.abort(), graceSeconds * 1000), setTimeout(() => process.exit(), hardSeconds * 1000))
        resolve()
      }
    }
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal)
    if (drain) void drained(worker).then(() => { say('Nothing is left to do') }).then(resolve)
  })
  await told
  await worker.stop()
  for (const timer of timers) clearTimeout(timer)
  // A connection that could not be closed, because its server is away, must not keep the process.
  setTimeout(() => process.exit(), 2_000).unref()
}

const stopping = ({ busy }: RunningWorker): string => (busy === 0 ? 'Stopping'
  : `Stopping: ${busy} ${busy === 1 ? 'job has' : 'jobs have'} ${graceSeconds} s to finish; press again to give back at once`)

async function drained(worker: RunningWorker): Promise<void> {
  while (!(await worker.isEmpty().catch(() => false))) await new Promise((resolve) => { setTimeout(resolve, 200) })
}

interface Flags {
  readonly concurrency: number
  readonly queues: readonly string[]
  readonly drain: boolean
  readonly host: string
  /** Undefined: none. */
  readonly port: number | undefined
}

function flagsOf(argv: readonly string[]): Flags & { readonly help: boolean } {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        concurrency: { type: 'string', default: '1' }, queues: { type: 'string', default: '' }, drain: { type: 'boolean', default: false },
        port: { type: 'string' }, host: { type: 'string', default: '127.0.0.1' }, help: { type: 'boolean', default: false },
      },
    })
    const concurrency = Number(values.concurrency)
    if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 100) {
      throw new Error(`--concurrency takes a number from 1 to 100, not ${JSON.stringify(values.concurrency)}`)
    }
    const port = values.port === undefined ? undefined : Number(values.port)
    if (port !== undefined && !(/^\d+$/.test(values.port ?? '') && port <= 65_535)) throw new Error(`--port takes a number up to 65535, not ${JSON.stringify(values.port)}`)
    return { ...values, port, concurrency, queues: values.queues.split(',').map((name) => name.trim()).filter(Boolean) }
  } catch (error) {
    throw new ConfigurationError(messageOf(error), { wayOut: 'npm run worker -- --help', cause: error })
  }
}

const say = (text: string): void => void process.stderr.write(`${redact(text)}\n`)
