/** What the ladder asks of this machine: programs, ports, patience, and a guard that outlives us. */

import { spawn } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, Socket } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** What a program said, and how it ended; `code` is null where it never started or was out of time. */
export interface Outcome { code: number | null, output: string }

export interface RunOptions { timeoutMs: number, env?: NodeJS.ProcessEnv }

/** Runs a program with no input and never throws: a missing program or one that hangs is an outcome as well. */
export function run(file: string, args: readonly string[], { timeoutMs, env = process.env }: RunOptions): Promise<Outcome> {
  return new Promise((resolve) => {
    // Its own process group, so that a program which hangs goes together with whatever it started.
    const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    let output = ''
    child.stdout.on('data', (text: Buffer) => { output += text.toString() })
    child.stderr.on('data', (text: Buffer) => { output += text.toString() })
    const timer = setTimeout(() => {
      end({ code: null, output: `${output}\n${file} gave no answer within ${timeoutMs / 1000} s` })
      if (child.pid !== undefined) signal(-child.pid, 'SIGKILL')
    }, timeoutMs)
    const end = (outcome: Outcome) => {
      clearTimeout(timer)
      resolve(outcome)
    }
    child.on('error', (error) => end({ code: null, output: error.message }))
    child.on('close', (code) => end({ code, output }))
  })
}

/** Sends a signal to a process, or to a group where the id is negative; says whether there was one. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}

/** Server programs often live where a user's PATH does not look. */
const ALSO_IN = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/usr/libexec', '/opt/homebrew/bin', '/opt/homebrew/sbin',
  '/usr/lib/mysql', '/usr/lib/mariadb', '/opt/homebrew/opt/mariadb/bin', '/usr/local/opt/mariadb/bin',
  '/opt/homebrew/opt/postgresql/bin', '/usr/local/opt/postgresql/bin', ...versionsIn('/usr/lib/postgresql')]

/** Debian keeps a folder for each release of PostgreSQL: the newest first. */
function versionsIn(folder: string): string[] {
  const found = existsSync(folder) ? readdirSync(folder) : []
  return found.toSorted((a, b) => Number(b) - Number(a)).map((version) => join(folder, version, 'bin'))
}

/** The full path of a program, from PATH first and then from where servers are usually installed. */
export function findBinary(name: string, folders = [...(process.env['PATH'] ?? '').split(delimiter), ...ALSO_IN]): string | undefined {
  return folders.filter(Boolean).map((folder) => join(folder, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** A port that nobody listened on a moment ago. Somebody else may take it first: whoever starts a server tries again. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no free port')))
    })
  })
}

/** Waits until `condition` gives something other than undefined, asking again and again up to the deadline. */
export async function until<T>(
  what: string, condition: () => Promise<T | undefined> | T | undefined, deadlineMs = 10_000,
): Promise<T> {
  const end = Date.now() + deadlineMs
  let cause: unknown
  do {
    try {
      const found = await condition()
      if (found !== undefined) return found
    } catch (error) {
      if (error instanceof Hopeless) throw error
      cause = error
    }
    await pause(20)
  } while (Date.now() < end)
  throw new Error(`waited ${deadlineMs / 1000} s in vain: ${what}`, { cause })
}

/** The message of whatever was thrown. */
export const said = (error: unknown): string => error instanceof Error ? error.message : String(error)

/** Thrown inside `until` where waiting longer can't help. */
export class Hopeless extends Error {}

/** The last lines of a file, for an error's text. */
export function tail(path: string, lines = 20): string {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  } catch {
    return '(no log was written)'
  }
}

/**
 * Runs `command` in a shell as soon as this process is gone, however it went: its end of a pipe closes even on `kill -9`.
 * It stands in a group of its own, so Ctrl-C does not reach it. Gives a function that calls the guard off.
 */
export function whenWeAreGone(command: string, args: readonly string[]): () => void {
  const guard = spawn('/bin/sh', ['-c', `cat >/dev/null; ${command}`, 'guard', ...args], {
    stdio: ['pipe', 'ignore', 'ignore'], detached: true,
  })
  guard.unref()
  // The pipe must not keep this process alive either; a child's pipes are sockets, which the types do not say.
  if (guard.stdin instanceof Socket) guard.stdin.unref()
  guard.stdin.on('error', () => {})
  return () => { if (guard.pid !== undefined) signal(-guard.pid, 'SIGKILL') }
}
