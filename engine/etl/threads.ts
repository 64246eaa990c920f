/** Threads of this process that take ranges of a load whose rows pass a function: one thread can run it on one core alone. */

import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { isOneProcess } from '../db/open.ts'
import { deferred, within } from '../db/waiting.ts'
import { asError, messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Helpers } from './context.ts'
import type { EtlType, UnderWay } from './etl.ts'
import { labelOf } from './registry.ts'
import type { Config } from './registry.ts'

/** What a thread is handed: whose ranges it takes, and where it says that it is alive. No address, and no secret. */
export interface ThreadTask {
  readonly type: EtlType
  readonly name: string
  readonly refresh: string
  readonly run: string
  /** One number, which the thread raises again and again. */
  readonly alive: SharedArrayBuffer
}

/** What a thread tells the main one. */
export type ThreadSays =
  | { readonly what: 'taken' }
  | { readonly what: 'rows'; readonly range: number; readonly rows: number }
  | { readonly what: 'log'; readonly level: 'info' | 'warn' | 'error'; readonly message: string; readonly fields: Readonly<Record<string, unknown>> }
  /** The project can't be loaded in a thread: no other thread could, either. */
  | { readonly what: 'unable'; readonly why: string }
  | { readonly what: 'failed'; readonly why: string }
  /** It has nothing more to do, and nothing open; the project's own timers may keep it all the same. */
  | { readonly what: 'done' }

/** What the main thread tells one. */
export const END = 'end'

/** Milliseconds from the first rows on: until it is seen that a load does not keep this thread busy, and until another thread is worth its start, which takes half a second. */
const moments = { look: 250, worthwhile: 1_000 }

/** The part of its time that a thread computes where it is what the load waits for. */
const busy = 0.8

/** Milliseconds: how often a thread that has a range is looked at, how long it may be silent, and how long it may take to end. */
const pause = { look: 500, silent: 5_000, end: 1_000 }

/** A thread could not load the project: then none can. */
let isUnable = false

/** Threads that take ranges of the loads of a refresh, where a function of the team's is what keeps this one busy. */
export function threadsOf(refresh: string, config: Pick<Config, 'warehouse'>, log: Log): Helpers {
  const atWork = new Map<string, Set<Thread>>()
  return {
    whom: 'threads of this process',
    // Rows that pass no function come as bytes, for which the databases take longer than one thread does.
    count: ({ etl }) => Promise.resolve(isUnable || etl.makes?.code !== true || isOneProcess(config.warehouse) ? 0 : availableParallelism() - 1),
    areWorthwhile,
    call({ type, name }, { runId }, count, load) {
      const event = { type, name, refresh, run: runId }
      const left = (why: string): void => log.warn(`A thread left ranges of ${labelOf({ type, name })} to their run: ${why}`, { event: 'ranges-left', ...event })
      const threads = new Set<Thread>()
      atWork.set(runId, threads)
      try {
        for (let i = 0; i < count; i += 1) {
          const thread = startThread({ type, name, refresh, run: runId, alive: new SharedArrayBuffer(4) }, { log, left, load })
          threads.add(thread)
          void thread.ended.then(() => threads.delete(thread))
        }
      } catch (error) {
        // Not each option that a process was started with is one of a thread.
        isUnable = true
        return Promise.reject(asError(error))
      }
      return Promise.resolve()
    },
    areComing: ({ runId }) => [...atWork.get(runId) ?? []].some((thread) => thread.isAtWork()),
    async dismiss(_, { runId }) {
      await Promise.all([...atWork.get(runId) ?? []].map((thread) => thread.end()))
      atWork.delete(runId)
    },
  }
}

/** Whether this thread does nothing but compute, from the first rows on until another one is worth its start. */
async function areWorthwhile({ begun, signal }: UnderWay): Promise<boolean> {
  const over = deferred<void>()
  signal.addEventListener('abort', () => over.resolve(), { once: true })
  await Promise.race([begun, over.promise])
  const since = performance.eventLoopUtilization()
  for (const milliseconds of [moments.look, moments.worthwhile - moments.look]) {
    await sleep(milliseconds, undefined, { signal }).catch(() => undefined)
    if (signal.aborted || performance.eventLoopUtilization(since).utilization < busy) return false
  }
  return true
}

/** A thread at work. It never keeps the process alive. */
interface Thread {
  readonly ended: Promise<void>
  /** It takes ranges, or is about to. */
  isAtWork(): boolean
  /** Lets it end, or ends it. Its sessions end with it, so that what it had not committed is nowhere. */
  end(): Promise<void>
}

function startThread(task: ThreadTask, { log, left, load }: { readonly log: Log; readonly left: (why: string) => void; readonly load: UnderWay }): Thread {
  // A configuration may look at what the process was told.
  const worker = new Worker(boot, { eval: true, argv: process.argv.slice(2), workerData: { task, ...places() } })
  const ended = deferred<void>()
  let hasTaken = false
  let isOver = false
  let isEnding = false
  const leave = (why: string): void => {
    if (isOver || isEnding) return
    isOver = true
    left(why)
    // What takes no range dies of itself, not of its rows.
    isUnable ||= !hasTaken
  }
  const stopWatching = watch(new Int32Array(task.alive), () => hasTaken && !isOver, () => {
    leave(`it was silent for ${pause.silent / 1000} seconds, and was ended`)
    void worker.terminate()
  })
  worker.on('message', (said: ThreadSays) => {
    if (said.what === 'taken') hasTaken = true
    else if (said.what === 'rows') load.tell(said.range, said.rows)
    else if (said.what === 'log') log[said.level](said.message, said.fields)
    else {
      // Of several that are not able, one tells.
      const tells = said.what === 'failed' || (said.what === 'unable' && !isUnable)
      if (tells && !isOver && !isEnding) left(said.why)
      isUnable ||= said.what === 'unable'
      isOver = true
    }
  })
  // Where nobody listened, what nobody catches there would end this process.
  worker.on('error', (error: unknown) => leave(messageOf(asError(error))))
  worker.on('exit', (code) => {
    leave(`it ended with ${code} before it was done`)
    isOver = true
    stopWatching()
    ended.resolve()
  })
  worker.unref()
  return {
    ended: ended.promise,
    isAtWork: () => !isOver,
    async end() {
      isEnding = true
      worker.postMessage(END, [])
      // One that has no range has nothing to bring to an end.
      if (hasTaken && !isOver) await within(ended.promise, pause.end)
      void worker.terminate()
      await within(ended.promise, pause.end)
    },
  }
}

/** Acts when a thread that has a range is silent: what it computes has no end, or its code waits in a way that keeps it from all else. */
function watch(alive: Int32Array, hasTaken: () => boolean, act: () => void): () => void {
  let seen = 0
  let at = performance.now()
  const timer = setInterval(() => {
    // Read where the thread writes it: a message would wait until this thread, which is busy, gets to it.
    const now = Atomics.load(alive, 0)
    if (now !== seen || !hasTaken()) [seen, at] = [now, performance.now()]
    else if (performance.now() - at > pause.silent) {
      clearInterval(timer)
      act()
    }
  }, pause.look).unref()
  return () => clearInterval(timer)
}

/** JavaScript, for it registers what reads TypeScript. */
const boot = `
const { workerData: { loader, entry } } = require('node:worker_threads')
const loaded = loader === undefined ? Promise.resolve() : import(loader).then(({ register }) => register())
loaded.then(() => import(entry))
`

/**
 * What a thread begins with, and what reads TypeScript there. What the process was started with a thread inherits, but tsx,
 * which does nothing in a thread unless it is asked to; and the command line has brought tsx with it.
 */
function places(): { readonly entry: string; readonly loader?: string } {
  const ending = extname(new URL(import.meta.url).pathname)
  const entry = new URL(`../thread${ending}`, import.meta.url).href
  const options = process.execArgv.join(' ')
  const isInherited = /(?:^|\s)(?:--import|--(?:experimental-)?loader|--require|-r)[\s=]/.test(options)
  return isInherited && !options.includes('tsx') ? { entry } : { entry, loader: import.meta.resolve('tsx/esm/api') }
}
