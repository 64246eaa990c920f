import type { Connection, Statement } from '../db/connection.ts'
import type { ValueType } from '../db/value-type.ts'
import { notTaken } from '../etl/load.ts'
import type { PlanStep, Stage, Target, TargetColumn } from '../etl/etl.ts'

export type { Stage } from '../etl/etl.ts'

/** A statement with what it is for: the plan shows it, the load runs it. */
export interface Step extends PlanStep, Statement {}

/** The tables and columns of one load of a dimension, as its statements need them. */
export interface Scene {
  readonly stage: Stage
  readonly key: string
  readonly lookup: readonly string[]
  /** The columns that the source fills, in the create's order. */
  readonly loaded: readonly TargetColumn[]
  /** The flow's rows as a private table. */
  readonly landing: string
  /** Which members of the live table are in the landing, and what becomes of them. */
  readonly match: string
  /** Keys that were given before. */
  readonly lastKey: number
  /** How many rows the landing took in, how many of them are left, how many the live table has, and how many of those are current: a plan knows none of it. */
  readonly landed?: number
  readonly left?: number
  readonly members?: number
  readonly currents?: number
  /** The landing keeps its rows in the order of the lookup, and finds them by it. */
  readonly inOrder: boolean
  /** Columns that live does not have as they are in staging: undefined where that can't be told, none in a plan. */
  readonly unlike: readonly string[] | undefined
  /** The numbers of the landing's rows begin with 1 and have no gaps. */
  readonly isWhole?: boolean
  /** The keys of the live table, where they were looked at: unique, without NULL. */
  readonly keys?: readonly (readonly string[])[]
  /** The match table has only those versions whose rows change, since all other rows can stay as they are. */
  readonly onlyChanged?: boolean
  /** It has those members as well that the source no longer brings, each once: who is known follows from that. */
  readonly inOnePass?: boolean
  /** No row changes. */
  readonly isAsItWas?: boolean
  /** How many rows of the landing are of members that are known, where that was counted, and how many aren't. */
  readonly known?: number
  readonly strangers?: number
}

/**
 * So many rows are compared with so many sooner than an index is made: that is a statement of its own, and each such one
 * waits for the disk.
 */
const FEW = 200

/** The landing has so few rows that it is looked up by an index only where the live table has many. */
export const hasFewLanded = ({ landed = Infinity }: Scene): boolean => landed <= FEW

/** Neither the landing nor what is made of it and the live table needs an index. */
export const isTiny = (scene: Scene): boolean => hasFewLanded(scene) && (scene.members ?? Infinity) <= FEW

/**
 * So many percent of the members may change or come at the most where the live table itself is changed. At 10 % that is still faster than a new table,
 * at 20 % not always; but it keeps row locks until it ends, and leaves dead rows on databases that clear them away later.
 */
export const FEW_CHANGE = 5

/** What a plan says of a statement that a tiny load leaves out. */
export const unlessTiny = `where there are more than ${FEW} rows`

/** Sets the scene for one load; `filled` are the columns that the engine fills. */
export function sceneOf(stage: Stage, key: string, lookup: readonly string[], filled: readonly string[]): Scene {
  const canBeNull = lookup.some((name) => stage.columns.every((column) => column.name !== name || column.nullable))
  return {
    stage, key, lookup, lastKey: stage.lastKey, unlike: stage.live?.unlike,
    inOrder: stage.relation === undefined && !canBeNull && stage.dialect.landsInOrderOf(lookup.map((name) => typeOf(stage, name))),
    loaded: insertable(stage).filter((column) => !filled.includes(column.name)),
    landing: stage.working('i'), match: stage.working('m'),
  }
}

/** Quotes names as the database of a stage or a session does. */
export function quoteIn({ dialect }: Pick<Stage, 'dialect'>): (name: string) => string {
  return (name) => dialect.quote(name)
}

/** A target as a plan sees it. */
export function stageOf(target: Target): Stage {
  return { ...target, dialect: target.connection.dialect }
}

/** All columns but those that the database computes. */
export function insertable(stage: Pick<Stage, 'columns' | 'definition'>): readonly TargetColumn[] {
  const computed = stage.definition.columns.filter((column) => column.generated).map((column) => column.name)
  return stage.columns.filter((column) => !computed.includes(column.name))
}

/** The type of one of the table's columns. */
export function typeOf(stage: Stage, name: string): ValueType {
  return stage.columns.find((column) => column.name === name)?.type ?? { kind: 'other', name }
}

/** Whether the table that readers see now has this column. */
export const liveHas = (stage: Stage, name: string): boolean => stage.live?.columns.includes(name) ?? false

/** `INSERT INTO staging (…) SELECT … FROM …`: an expression for each column, by name. */
export function insertSelect({ stage }: Scene, title: string, expressions: ReadonlyMap<string, string>, from: string): Step {
  const quote = quoteIn(stage)
  const columns = [...expressions.keys()].map((name) => quote(name))
  return { title, sql: `INSERT INTO ${quote(stage.staging)} (${columns.join(', ')})\nSELECT ${[...expressions.values()].join(',\n       ')}\nFROM ${from}` }
}

/** Runs steps one by one. */
export async function run(connection: Connection, steps: readonly Step[], signal: AbortSignal): Promise<void> {
  for (const step of steps) {
    signal.throwIfAborted()
    await connection.execute(step)
  }
}

/** The same in one transaction where DDL is part of one: a table that was made and died before its comment could never be dropped. */
export async function runTogether(connection: Connection, steps: readonly Step[], signal: AbortSignal): Promise<void> {
  const all = (): Promise<void> => run(connection, steps, signal)
  await (connection.dialect.transactionalDdl ? connection.transaction(all) : all())
}

/** What a plan is made from: it takes the live table for one that the create has made. */
export const plannedScene = (scene: Scene): Scene => ({ ...scene, unlike: [] })

/** Fills staging by a statement, and makes its keys over most of its rows; how many rows went in. @throws {DataError} where the table does not take them */
export async function fill(target: Target, step: Step, areMost = false): Promise<number> {
  target.signal.throwIfAborted()
  try {
    const rows = await target.connection.execute(step)
    if (areMost) await target.makeKeys?.()
    return rows
  } catch (error) {
    throw notTaken(error, target)
  }
}

/** One row of numbers, by name; NULL is 0. */
export async function numbers(connection: Connection, step: Statement): Promise<Readonly<Record<string, number>>> {
  const [row = {}] = await connection.query(step)
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value ?? 0)]))
}
