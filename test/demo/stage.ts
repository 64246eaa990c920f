/** What a demonstration needs around it: places, the example's rows in them, worker processes; and that all of it goes again. */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { freshDatabase, freshRedis } from '../helpers/servers/index.ts'
import { said, until } from '../helpers/servers/machine.ts'
import { withRedis } from '../helpers/servers/redis.ts'
import { mochaGlobalTeardown } from '../helpers/setup.ts'

/** Where from, where to, and where the workers meet. */
export interface Places {
  readonly source: string
  readonly warehouse: string
  readonly queue: string
}

export interface DemoWorker {
  readonly name: string
  readonly pid: number
  readonly kill: (signal: NodeJS.Signals) => void
}

export interface Stage {
  /** A line of the demonstration. */
  readonly tell: (line: string) => void
  /** Servers by the tests' ladder, with the example's rows in them. @returns why there are none, where there are none */
  servers(): Promise<Places | string>
  /** The example's files and an embedded database: no server at all. */
  embedded(): Places
  /** A worker process that stands ready; its lines come with its name before them. */
  worker(name: string, places: Places, how?: 'impatient'): Promise<DemoWorker>
  /** The example's run.ts, whose lines come with its name before them. @returns its exit code */
  run(places: Places, flags: readonly string[]): Promise<number | null>
  /** Ends all that was begun, and leaves nothing behind. */
  clear(): Promise<void>
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const given = ['STARLINE_TEST_MYSQL', 'STARLINE_TEST_REDIS']

const tell = (line: string): void => void process.stdout.write(`${line}\n`)

export function openStage(): Stage {
  const folder = mkdtempSync(join(tmpdir(), 'starline-demo-'))
  const children = new Set<ChildProcess>()
  let isOver = false
  const start = (file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess => {
    if (isOver) throw new Error('The demonstration was stopped')
    const child = spawn(process.execPath, ['--import', 'tsx', file, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
    children.add(child)
    child.once('close', () => children.delete(child))
    return child
  }
  return {
    tell,
    async servers() {
      try {
        const [queue, source, warehouse] = [await freshRedis(), await freshDatabase('demo_source'), await freshDatabase('demo_warehouse')]
        if (process.env['STARLINE_TEST_REDIS'] === undefined) await withRedis(queue.url, (redis) => redis.config('SET', 'appendonly', 'yes'))
        tell('Filling the example\'s source tables')
        await seeded(start('examples/seed.ts', [source.adminUrl]))
        return { queue: queue.url, source: source.readerUrl, warehouse: warehouse.url }
      } catch (error) {
        // One that was named must be there.
        if (given.some((name) => process.env[name] !== undefined) || !said(error).startsWith('The tests need')) throw error
        return said(error)
      }
    },
    embedded: () => ({ source: 'files:examples/notes', warehouse: `duckdb:${join(folder, 'warehouse.duckdb')}`, queue: 'embedded' }),
    async worker(name, places, how) {
      const child = start('test/demo/worker.ts', how === undefined ? [] : [how], environment(places, folder))
      let isReady = false
      createInterface({ input: child.stderr! }).on('line', (line) => {
        isReady ||= line.startsWith('Working')
        tell(`${name} | ${line}`)
      })
      await until(`${name} stands ready`, () => {
        if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`)
        return isReady || undefined
      }, 60_000)
      return { name, pid: child.pid ?? 0, kill: (signal) => void child.kill(signal) }
    },
    async run(places, flags) {
      tell(`$ npx tsx run.ts ${flags.join(' ')}`)
      const child = start('test/demo/run.ts', flags, environment(places, folder))
      for (const stream of [child.stdout!, child.stderr!]) createInterface({ input: stream }).on('line', (line) => tell(`run.ts | ${line}`))
      return await ended(child)
    },
    async clear() {
      isOver = true
      for (const child of children) child.kill('SIGTERM')
      await until('all processes have ended', () => children.size === 0 || undefined, 12_000).catch(() => undefined)
      for (const child of children) child.kill('SIGKILL')
      await mochaGlobalTeardown()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What the example's configuration asks for. */
export const environment = ({ source, warehouse, queue }: Places, logs?: string): Record<string, string> =>
  ({ ETL_SOURCE: source, ETL_WAREHOUSE: warehouse, ETL_QUEUE: queue, ...logs !== undefined && { DEMO_LOGS: logs } })

async function seeded(child: ChildProcess): Promise<void> {
  let wrong = ''
  child.stdout?.resume()
  child.stderr?.on('data', (text: Buffer) => { wrong += text.toString() })
  const code = await ended(child)
  if (code !== 0) throw new Error(`The example's tables could not be filled: ${wrong}`)
}

const ended = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => { child.once('close', resolve) })
