/** What a thread of a run's process does: it takes ranges of one load, with a project, sessions and lines of its own. */

import { parentPort, workerData } from 'node:worker_threads'
import { messageOf } from './errors.ts'
import { databasesOf, workerName } from './etl/context.ts'
import type { RunContext } from './etl/context.ts'
import { findEntry } from './etl/registry.ts'
import type { Config } from './etl/registry.ts'
import { takeRanges } from './etl/take-ranges.ts'
import { END } from './etl/threads.ts'
import type { ThreadSays, ThreadTask } from './etl/threads.ts'
import { importConfig, loadConfig } from './load-config.ts'
import type { Log } from './log.ts'

const { task } = workerData as { readonly task: ThreadTask }
const over = new AbortController()
const say = (said: ThreadSays): void => parentPort?.postMessage(said, [])

/** The process has one log, and the main thread writes it. Fields cross as what they are in JSON. */
const line = (level: 'info' | 'warn' | 'error'): Log['info'] => (message, fields = {}) => say({ what: 'log', level, message, fields: JSON.parse(JSON.stringify(fields)) as Record<string, unknown> })
const log: Log = { info: line('info'), warn: line('warn'), error: line('error'), close: () => Promise.resolve() }

parentPort?.on('message', (told) => { if (told === END) over.abort(new Error('the run has ended')) })
// The process is not kept alive by it, nor is this thread.
parentPort?.unref()
setInterval(() => Atomics.add(new Int32Array(task.alive), 0, 1), 250).unref()

const config = await projectHere()
if (config !== undefined) await takeAll(config)

/** The project, as the command line finds it; undefined where that fails, which is told. */
async function projectHere(): Promise<Config | undefined> {
  try {
    return await loadConfig(() => importConfig((url) => import(url)))
  } catch (error) {
    say({ what: 'unable', why: messageOf(error) })
    return undefined
  }
}

async function takeAll(project: Config): Promise<void> {
  // The load counts as one extract, and its run has the slot.
  const own = { ...project, limits: {} }
  const databases = databasesOf(own)
  let last: ThreadSays = { what: 'done' }
  try {
    const context: RunContext = {
      config: own, warehouse: await databases.warehouse(), source: (name) => databases.source(name), signal: over.signal, adopt: false, worker: workerName(), log,
      refresh: { id: task.refresh, startedAt: '' },
      on(happening) {
        if (happening.what === 'rows' && happening.range !== undefined) say({ what: 'rows', range: happening.range, rows: happening.rows })
        if (happening.what === 'step' && happening.step === 'range-taken') say({ what: 'taken' })
      },
    }
    await takeRanges(findEntry(own, task.type, task.name), context, task.run)
  } catch (error) {
    if (!over.signal.aborted) last = { what: 'failed', why: messageOf(error) }
  } finally {
    await databases.close()
  }
  say(last)
}
