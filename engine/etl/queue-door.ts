import type { Connection } from '../db/connection.ts'
import type { Config, Entry } from './registry.ts'

/** What a refresh through the queue is asked to do. */
interface RefreshWish {
  readonly runDimensions: boolean
  readonly runFacts: boolean
  readonly dropTables: boolean
  /** What was picked of what is active; undefined for all of it. */
  readonly only: readonly Entry[] | undefined
}

/** One line of a job's log, as the queue keeps it. */
export interface JobLine {
  /** When it was written, by the worker's clock, in milliseconds since 1970. */
  readonly at: number
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  /** The ETL, or the refresh itself: `dimension product`, `refresh`. */
  readonly of: string
  readonly attempt: number
  readonly worker: string
}

/** A refresh, or one ETL of it, that is to end. */
export interface Unwanted {
  readonly refresh: string
  readonly etl?: { readonly type: string; readonly name: string }
}

/** The queues, shown in a browser. */
export interface Board {
  /** Its address, with the token in it. */
  readonly url: string
  close(): Promise<void>
}

/**
 * What the command line asks of the queue. It is handed in: neither of the two doors knows the other, and the queue's
 * packages are loaded only when one of this is called.
 */
export interface QueueDoor {
  /** Whether nobody but this process can do what it asks for. */
  isAlone(config: Config): boolean
  /**
   * Asks for a refresh of these ETLs.
   *
   * @throws {BusyError} where another one is at work that was asked for something else
   */
  ask(config: Config, wish: RefreshWish, wanted: readonly Entry[]): Promise<{ readonly refresh: string; readonly joined: boolean }>
  /** Asks once more for what came to nothing of a refresh that has ended. @returns the ETLs */
  retry(config: Config, session: Connection, refresh: string): Promise<readonly string[]>
  /** Takes jobs away that nobody has begun, and sees to it that a refresh ends that nobody is left to end. Safe to repeat. */
  clear(config: Config, session: Connection, unwanted: Unwanted): Promise<void>
  /** What its jobs have logged, by time. */
  logs(config: Config, session: Connection, refresh: string): Promise<readonly JobLine[]>
  /** Shows the queues in a browser, at a port of this machine; 0 for a free one. */
  board(config: Config, port: number): Promise<Board>
  /** Resolves when the worker that was started in this process has ended. @param now it gives back what it is working on */
  endHere(config: Config, now: boolean): Promise<void>
}

/** How the queue of a configuration is come by, once it is needed. @throws {ConfigurationError} where its packages are not installed */
export type OpenQueue = (config: Config) => Promise<QueueDoor>
