/** What a command took: its time, and what its processes have used of CPU and memory. */

import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Figures {
  /** Seconds of the work: what it says itself, without the start of its interpreter; where it says nothing, from its start to its end. */
  readonly seconds: number
  /** Seconds from the start of the command to its end. */
  readonly wall: number
  /** Seconds of CPU on the client's side, of all of its processes. */
  readonly cpu?: number | undefined
  /** Megabytes of its greatest process at its greatest. */
  readonly rss?: number | undefined
}

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

export interface Measured {
  readonly figures: Figures
  readonly out: string
}

/** By all processes of it. */
export interface Used { readonly cpu?: number | undefined, readonly rss?: number | undefined }

const METER = new URL('ways/meter.mjs', import.meta.url).href
const POLL_MS = 10

/** A command of Node's, which is measured by what it says of itself as it ends. */
export async function measureNode(args: readonly string[], { cwd, env }: Pick<Command, 'cwd' | 'env'> = {}): Promise<Measured> {
  const meter = openMeter()
  try {
    const { wall, out } = await ended({ file: process.execPath, args, ...cwd !== undefined && { cwd }, env: { ...env, ...meter.env } })
    return { out, figures: { wall, seconds: secondsIn(out) ?? wall, ...meter.read() } }
  } finally {
    meter.close()
  }
}

/** Any other program. Its CPU is what the system has counted for children that have ended, so nothing else may end meanwhile. */
export async function measureProgram(command: Command): Promise<Measured> {
  const before = cpuOfEnded()
  let rss = 0
  const { wall, out } = await ended(command, (pid) => {
    const timer = setInterval(() => { rss = Math.max(rss, peakUnder(pid)) }, POLL_MS)
    return () => clearInterval(timer)
  })
  const after = cpuOfEnded()
  const used: Used = { cpu: before === undefined || after === undefined ? undefined : after - before, rss: rss === 0 ? undefined : rss }
  return { out, figures: { wall, seconds: secondsIn(out) ?? wall, ...used } }
}

/** Work that the server does alone, while this process waits. */
export async function measureServer(work: () => Promise<void>): Promise<Figures> {
  const begun = performance.now()
  await work()
  const wall = (performance.now() - begun) / 1000
  return { wall, seconds: wall, cpu: 0 }
}

export interface Meter {
  readonly env: NodeJS.ProcessEnv
  /** What the processes with this environment have used that have ended since it was read last. */
  read(): Used
  close(): void
}

/** Measures all processes of Node's with its environment. */
export function openMeter(): Meter {
  const folder = mkdtempSync(join(tmpdir(), 'starline-meter-'))
  return {
    env: { NODE_OPTIONS: `--import=${METER}`, BENCH_METER: folder },
    read() {
      const each = readdirSync(folder).map((name) => {
        const used = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { cpu: number, rss: number }
        rmSync(join(folder, name))
        return used
      })
      return { cpu: each.reduce((sum, { cpu }) => sum + cpu, 0), rss: Math.max(...each.map(({ rss }) => rss)) }
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** All that a child gets of our environment: no variables of somebody's own warehouse. */
export const childEnv = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(ETL_|npm_|NODE_OPTIONS$|FORCE_COLOR$|CI$)/.test(name))), TZ: 'UTC',
})

/** @throws where it ends with anything but 0, with what it said */
function ended({ file, args, cwd, env }: Command, watch: (pid: number) => () => void = () => () => {}): Promise<{ wall: number, out: string }> {
  return new Promise((resolve, reject) => {
    const begun = performance.now()
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...cwd !== undefined && { cwd }, env: { ...childEnv(), ...env } })
    const unwatch = watch(child.pid ?? 0)
    let out = ''
    let err = ''
    child.stdout.on('data', (text: Buffer) => { out += text.toString() })
    child.stderr.on('data', (text: Buffer) => { err = `${err}${text.toString()}`.slice(-4_000) })
    child.once('error', reject)
    child.once('close', (code) => {
      unwatch()
      if (code === 0) resolve({ wall: (performance.now() - begun) / 1000, out })
      else reject(new Error(`${file.split('/').at(-1)} ended with ${code}: ${(err + out).trim().slice(-2_000)}`))
    })
  })
}

/** Our own ways print one line, a run.ts its document: both say `seconds`. */
function secondsIn(out: string): number | undefined {
  try {
    const { seconds } = JSON.parse(out) as { seconds?: number }
    return seconds
  } catch {
    return undefined
  }
}

const TICKS = 100

/** Seconds of CPU of all children that have ended, theirs included, where the system says it. */
function cpuOfEnded(): number | undefined {
  const fields = proc('self/stat')?.split(') ')[1]?.split(' ')
  return fields === undefined ? undefined : (Number(fields[13]) + Number(fields[14])) / TICKS
}

/** Megabytes of the greatest process under this one at its greatest until now. */
function peakUnder(pid: number): number {
  const own = Number(/VmHWM:\s+(\d+) kB/.exec(proc(`${pid}/status`) ?? '')?.[1] ?? 0) / 1024
  const children = (proc(`${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean)
  return Math.max(own, ...children.map((child) => peakUnder(Number(child))))
}

function proc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return undefined
  }
}
