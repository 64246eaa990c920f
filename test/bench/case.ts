import type { Figures } from './measure.ts'
import type { Scene } from './scene.ts'

/** How big everything is. */
export interface Sizes {
  /** Rows of a fact. */
  readonly rows: number
  /** Members of a dimension. */
  readonly members: number
}

/** One of the ways to do the same work, measured in turn with the others. */
export interface Way {
  readonly name: string
  /** Why it can't be measured here: it is listed with that. */
  readonly skip?: string | undefined
  /** Makes room for it; not measured. */
  prepare?(): Promise<void>
  run(): Promise<Figures>
  /** One text for what it has made, which must be the case's. */
  result(): Promise<string>
}

/** A case that is ready to be measured. */
export interface Ready {
  /** How many rows each of its ways moves. */
  readonly rows: number
  /** What each way must have made. */
  readonly expected: string
  readonly ways: readonly Way[]
  close(): Promise<void>
}

export interface Case {
  readonly name: string
  /** What is done, in one sentence. */
  readonly about: string
  /** Makes its data. */
  open(scene: Scene, sizes: Sizes): Promise<Ready>
}

/** The way that all others of its case are compared with: the server itself, which copies rows that it has. */
export const LIMIT = 'INSERT … SELECT'
