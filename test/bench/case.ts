import type { Figures } from './measure.ts'
import type { Scene } from './scene.ts'

/** How big everything is. */
export interface Sizes {
  /** Rows of a fact. */
  readonly rows: number
  /** Those of one that grows, at most. */
  readonly most: number
  /** Members of a dimension. */
  readonly members: number
  /** How many small dimensions. */
  readonly etls: number
}

/** One of the ways to do the same work, measured in turn with the others. */
export interface Way {
  readonly name: string
  /** The name of another way of its case that its seconds are held against besides. */
  readonly beside?: string
  /** How many rows it moves, where that is not the case's. */
  readonly rows?: number
  /** Of ways that do the same work in several sizes: what they have in common. How their time grows is worked out. */
  readonly group?: string
  /** Why it can't be measured here: it is listed with that. */
  readonly skip?: string | undefined
  /** Makes room for it; not measured. */
  readonly prepare?: () => Promise<void>
  readonly run: () => Promise<Figures>
  /** One text for what it has made. @throws where that is wrong in a way which the text can't say */
  readonly result: () => Promise<string>
  /** What the text must be, where that is not the case's. */
  readonly expected?: () => Promise<string>
}

/** A case whose data is there. */
export interface Ready {
  /** How many rows each of its ways moves; 0 where nothing is counted. */
  readonly rows: number
  /** What each way must have made. */
  readonly expected: () => Promise<string>
  /** Those of a size are compared with the first of that size. */
  readonly ways: readonly Way[]
}

export interface Case {
  readonly name: string
  /** What is done, in one sentence. */
  readonly about: string
  /** Makes its data. */
  readonly open: (scene: Scene, sizes: Sizes) => Promise<Ready>
}

/** The way that others are compared with: the database itself, which copies rows that it has. */
export const LIMIT = 'INSERT … SELECT'
