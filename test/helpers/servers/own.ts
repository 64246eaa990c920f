/** A server of our own: started from binaries in a temporary folder, on a free port, gone when we are. */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command, ServerKind } from './kind.ts'
import { findBinary, freePort, Hopeless, run, said, signal, tail, until, whenWeAreGone } from './machine.ts'

const START_MS = 30_000
const ORDERLY_STOP_MS = 15_000
const PORT_ATTEMPTS = 5

export interface OwnServer {
  url: string
  version: string
  port: number
  /** Of the process that runs now: another one after a restart. */
  readonly pid: number
  /** Sends a signal; waits for the end where the signal ends a process (SIGSTOP and SIGCONT do not). */
  kill(name: NodeJS.Signals): Promise<void>
  /** Starts again with the same folder and port, after an orderly stop where it still runs. */
  restart(): Promise<void>
  /** Ends it at once and removes its folder. */
  stop: () => Promise<void>
  /** The end of what the server wrote to its log. */
  log(): string
}

/** Further arguments for the server come last, so they win. */
export interface OwnOptions { args?: string[] }

interface Life { child: ChildProcess, pid: number, callOff(): void }

/** Starts a server of this kind for one caller alone. Throws with the end of the server's log where it does not come up. */
export async function startOwnServer(kind: ServerKind, { args = [] }: OwnOptions = {}): Promise<OwnServer> {
  const home = realpathSync(mkdtempSync(join(tmpdir(), `starline-${kind.name.toLowerCase()}-`)))
  const data = join(home, 'data')
  const log = join(home, 'server.log')
  try {
    mkdirSync(data)
    await prepare(kind, data)
    const { port, life, version } = await startOnSomePort(kind, home, args)
    return asServer(kind, { home, data, log, port, version, args }, life)
  } catch (error) {
    rmSync(home, { recursive: true, force: true })
    throw error
  }
}

interface Place { home: string, data: string, log: string, port: number, version: string, args: string[] }

function asServer(kind: ServerKind, place: Place, first: Life): OwnServer {
  let life = first
  const kill = async (name: NodeJS.Signals) => {
    // Once it has ended, its number may be another process's.
    if (hasEnded(life)) return
    signal(life.pid, name)
    if (name !== 'SIGSTOP' && name !== 'SIGCONT') await gone(kind, life, place.log)
  }
  return {
    url: kind.url(place.port),
    version: place.version,
    port: place.port,
    get pid() { return life.pid },
    kill,
    async restart() {
      if (!hasEnded(life)) {
        signal(life.pid, 'SIGCONT')
        await kill('SIGTERM')
      }
      life = launch(kind, place, place.port)
      await ready(kind, place, place.port, life)
    },
    async stop() {
      // The data is thrown away, so nothing is gained by asking politely; SIGKILL also ends a stopped process.
      if (kind.endsBy !== undefined && !hasEnded(life)) signal(life.pid, 'SIGCONT')
      await kill(kind.endsBy ?? 'SIGKILL')
      rmSync(place.home, { recursive: true, force: true })
    },
    log: () => tail(place.log),
  }
}

async function prepare(kind: ServerKind, data: string): Promise<void> {
  const command = kind.prepare?.(data, located)
  if (!command) return
  const outcome = await run(...placed(command), { timeoutMs: 60_000 })
  if (outcome.code !== 0) throw new Error(`${kind.name} could not be set up in ${data}:\n${outcome.output.trimEnd()}`)
}

/** Somebody may take a free port before the server does, also a server of the same kind: then another port is tried. */
async function startOnSomePort(kind: ServerKind, home: string, args: string[]) {
  const place = { home, data: join(home, 'data'), log: join(home, 'server.log'), args }
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const life = launch(kind, place, port)
    try {
      return { port, life, version: await ready(kind, place, port, life) }
    } catch (error) {
      signal(life.pid, 'SIGKILL')
      await gone(kind, life, place.log)
      if (attempt === PORT_ATTEMPTS || !/address already in use/i.test(tail(place.log, 60))) throw error
      rmSync(place.log)
    }
  }
}

function launch(kind: ServerKind, place: Omit<Place, 'port' | 'version'>, port: number): Life {
  const [file, args] = placed(kind.start(place.data, port, located))
  const log = openSync(place.log, 'a')
  // Its own group: Ctrl-C on a terminal must not end the servers before the tests that use them.
  const child = spawn(file, [...args, ...place.args], { stdio: ['ignore', log, log], detached: true })
  closeSync(log)
  child.on('error', () => {})
  child.unref()
  if (child.pid === undefined) throw new Error(`${file} could not be started`)
  const callOff = whenWeAreGone('kill -9 "$1"; rm -rf "$2"', [String(child.pid), place.home])
  child.once('exit', callOff)
  return { child, pid: child.pid, callOff }
}

/** Ready means: a connection answers, and it is this very server that does. Gives its version. */
async function ready(kind: ServerKind, place: Omit<Place, 'port' | 'version'>, port: number, life: Life): Promise<string> {
  try {
    return await until(`${kind.name} on port ${port} answers`, async () => {
      if (hasEnded(life)) throw new Hopeless(`${kind.name} ended while it started`)
      const answer = await kind.ask(kind.url(port))
      return realpathSync(answer.dir) === place.data ? answer.version : undefined
    }, START_MS)
  } catch (error) {
    throw new Error(`${said(error)}; the end of its log:\n${tail(place.log)}`, { cause: error })
  }
}

const hasEnded = ({ child }: Life) => child.exitCode !== null || child.signalCode !== null

async function gone(kind: ServerKind, life: Life, log: string): Promise<void> {
  try {
    await until(`${kind.name} (process ${life.pid}) ends`, () => hasEnded(life) || undefined, ORDERLY_STOP_MS)
  } catch (error) {
    throw new Error(`${said(error)}; the end of its log:\n${tail(log)}`, { cause: error })
  }
}

function placed({ file, args }: Command): [string, string[]] {
  return [file.startsWith('/') ? file : located(file), args]
}

function located(program: string): string {
  const path = findBinary(program)
  if (path === undefined) throw new Error(`${program} is not on this machine`)
  return path
}
