import { workerName } from '../etl/context.ts'
import type { Databases, RunContext } from '../etl/context.ts'
import type { OpenQueue } from '../etl/queue-door.ts'
import type { Config } from '../etl/registry.ts'
import { threadsOf } from '../etl/threads.ts'
import type { Log } from '../log.ts'
import type { Work } from './before.ts'
import type { RunFlags } from './flags.ts'
import type { Outcome } from './outcome.ts'
import type { Progress } from './progress.ts'
import type { Stop } from './stop.ts'
import type { Io } from './terminal.ts'

/** An outcome while it comes about. */
export type Draft = { -readonly [K in keyof Outcome]: Outcome[K] }

/** What one command works with. */
export interface Scene {
  readonly config: Config
  readonly flags: RunFlags
  readonly io: Io
  readonly work: Work
  readonly databases: Databases
  readonly log: Log
  readonly progress: Progress
  readonly stop: Stop
  readonly queue: OpenQueue
  /** Filled as the journey goes on, so that whatever ends it, what was done is reported. */
  readonly outcome: Draft
}

/** What the ETLs of a command are run in. */
export function contextOf(scene: Scene, warehouse: RunContext['warehouse'], refresh: RunContext['refresh']): RunContext {
  const { config, databases, flags, log, progress, stop } = scene
  // Several may be under way where each goes live by itself.
  let publishing = 0
  const noteStep = (step: string): void => {
    if (step === 'publish-locked') publishing += 1
    if (step === 'publish-ended') publishing = Math.max(0, publishing - 1)
    stop.publishing(publishing > 0)
  }
  return {
    config, warehouse, refresh, log, signal: stop.signal, adopt: flags.adopt, worker: workerName(),
    source: (name) => databases.source(name), helpers: [threadsOf(refresh.id, config, log)],
    on(happening, entry) {
      if (happening.what === 'step') noteStep(happening.step)
      progress.on(happening, entry)
    },
  }
}
