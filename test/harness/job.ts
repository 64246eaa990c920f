/** What a loader is told, and how it is to die. */

import type { Range } from './few.ts'
import type { Fault } from './judge.ts'
import type { Watched } from './reader.ts'
import type { StarSpec } from './star.ts'

/**
 * Steps at which a loader can be told to die. Those of the protocol come for each ETL, or once for the publish;
 * `opened`, `ending` and `ended` are around the whole refresh.
 */
export const etlSteps = ['locked', 'reconciled', 'reserved', 'cleared', 'extracting', 'created', 'loaded', 'checked', 'staged'] as const
export const publishSteps = ['publish-locked', 'publishing', 'swapped', 'published', 'tidied'] as const
export const refreshSteps = ['opened', 'ending', 'ended'] as const

/** A place in the journey: a step, and of which ETL where it comes for each of them. */
export interface FailPoint {
  readonly step: string
  readonly etl?: string
}

/** When a loader's process ends: at a step or some milliseconds after it, or so long after it was told to begin. */
export type Death =
  | { readonly at: FailPoint; readonly later?: number }
  | { readonly outside: number }

/** One run of the loader. */
export interface Job extends StarSpec {
  /** `run`: a refresh of its own, held by the process. `queue`: a refresh by name, which a retry goes on with. */
  readonly door: 'run' | 'queue'
  readonly refresh?: string
  readonly leaseSeconds?: number
  readonly death?: Death
  /** Stops (SIGSTOP) here instead of dying. */
  readonly stop?: FailPoint
  /** Of the star only these. */
  readonly only?: readonly string[]
  /** One failure, and nothing is published: else what doesn't hang on it is, and the star is of two generations by right. */
  readonly whole?: boolean
  /** Named locks are not taken: the fence alone must hold. */
  readonly lockless?: boolean
  /** A reader inside of the loader's process watches, for a warehouse that only one process can open. */
  readonly watched?: Watched
  /** Not the star, but the dimensions of which little changes; of these generations readers may see one. */
  readonly few?: Range
  /** Nothing is loaded: what was published last is rolled back. */
  readonly back?: boolean
  /** The file that is told, line by line, what happens: it outlives the process. */
  readonly notes: string
}

/** A line of a loader's notes. */
export type Note =
  | { readonly what: 'step'; readonly step: string; readonly etl?: string }
  | { readonly what: 'took'; readonly took: string }
  | { readonly what: 'refresh'; readonly id: string }
  | { readonly what: 'violation'; readonly fault: Fault; readonly text: string }
  | { readonly what: 'seen'; readonly path: readonly number[]; readonly polls: number }
  | { readonly what: 'report'; readonly report: Report }

/** How a load that was not killed ended. */
export interface Report {
  readonly results: readonly (readonly [type: string, name: string, rows: number])[]
  /** Names of ETLs that were published. */
  readonly published: readonly string[]
  readonly errors: readonly string[]
  readonly busy: boolean
  readonly fenced: boolean
  /** Errors of which it is said, or must be thought, that trying again can't help. */
  readonly final: readonly string[]
}

export const wordsOf = (death: Death | undefined): string =>
  death === undefined ? 'nothing'
    : 'outside' in death ? `kill after ${death.outside} ms`
      : `kill at ${pointWords(death.at)}${death.later === undefined ? '' : ` + ${death.later} ms`}`

export const pointWords = ({ step, etl }: FailPoint): string => (etl === undefined ? step : `${step} of ${etl}`)
