import type { OpenQueue } from '../etl/queue-door.ts'
import type { ConfigSource } from '../load-config.ts'
import type { Io } from './terminal.ts'

/** What a command of `starline` is handed: the working folder's configuration, and whom to talk to. */
export interface Door {
  readonly config: ConfigSource
  /** Imports a file of the team's own, TypeScript or not. */
  readonly importFile: (path: string) => Promise<unknown>
  readonly io: Io
  /** The queue, once it is needed. */
  readonly queue: OpenQueue
}
