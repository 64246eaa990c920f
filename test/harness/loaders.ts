/** Loader processes, of which one is always ready to begin at once. */

import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compiled } from './compiled.ts'
import type { Job, Note, Report } from './job.ts'

/** Seconds after which a loader that goes on without an end is a violation of its own. */
const PATIENCE = 60

/** A loader at work. */
export interface Running {
  readonly pid: number
  readonly notes: () => readonly Note[]
  readonly ended: Promise<Ending>
  signal(name: NodeJS.Signals): void
}

/** How a loader's process ended. */
export interface Ending {
  readonly killed: boolean
  /** It was ended because it hung. */
  readonly hung: boolean
  readonly notes: readonly Note[]
  /** Undefined where it was killed before it had one. */
  readonly report: Report | undefined
  readonly said: string
}

export interface Loaders {
  /** Hands a job to a loader that has come up. */
  start(job: Omit<Job, 'notes'>): Promise<Running>
  close(): Promise<void>
}

interface Spare { readonly child: ChildProcess; readonly ready: Promise<unknown> }

export function openLoaders(): Loaders {
  const folder = mkdtempSync(join(tmpdir(), 'starline-harness-'))
  const { program, remove } = compiled('test/harness/loader.ts')
  const alive = new Set<ChildProcess>()
  const spawn = (): Spare => {
    const child = fork(program, { execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    alive.add(child)
    child.once('exit', () => alive.delete(child))
    const ready = new Promise((resolve) => {
      child.once('message', resolve)
      child.once('exit', resolve)
    })
    return { child, ready }
  }
  let spare = spawn()
  let count = 0
  return {
    async start(job) {
      const { child, ready } = spare
      spare = spawn()
      // Before anything is waited for: two may start at the same time.
      const notes = join(folder, `${count += 1}.jsonl`)
      await ready
      return begin(child, { ...job, notes })
    },
    async close() {
      const gone = [...alive].map((child) => new Promise((resolve) => { child.once('exit', resolve) }))
      for (const child of alive) child.kill('SIGKILL')
      await Promise.all(gone)
      rmSync(folder, { recursive: true, force: true })
      remove()
    },
  }
}

function begin(child: ChildProcess, job: Job): Running {
  let said = ''
  let hung = false
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => { said += text.toString() })
  const timers = [setTimeout(() => {
    hung = true
    child.kill('SIGKILL')
  }, PATIENCE * 1000)]
  child.send(job)
  if (job.death !== undefined && 'outside' in job.death) timers.push(setTimeout(() => child.kill('SIGKILL'), job.death.outside))
  const ended = new Promise<Ending>((resolve) => {
    child.once('close', (_, signal) => {
      for (const timer of timers) clearTimeout(timer)
      const notes = notesOf(job.notes)
      rmSync(job.notes, { force: true })
      const report = notes.flatMap((note) => (note.what === 'report' ? [note.report] : []))[0]
      resolve({ killed: signal === 'SIGKILL' && report === undefined, hung, notes, report, said })
    })
  })
  return { pid: child.pid ?? 0, notes: () => notesOf(job.notes), ended, signal: (name) => { child.kill(name) } }
}

function notesOf(path: string): Note[] {
  let text = ''
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    // Killed before its first word.
  }
  // The last line may be cut by the kill.
  return text.split('\n').slice(0, -1).map((line) => JSON.parse(line) as Note)
}
