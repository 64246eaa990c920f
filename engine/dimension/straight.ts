/** A dimension's first load: nobody is known, so the rows go into staging as they come, each with the next key. */

import { BadValue, checker } from '../db/check.ts'
import type { Cells, Flow } from '../db/flow.ts'
import type { Value } from '../db/value-type.ts'
import { DatabaseError, DataError } from '../errors.ts'
import type { BatchView } from '../etl/batch-view.ts'
import type { Counts, PlanStep, Stage, Target, TargetColumn } from '../etl/etl.ts'
import { fitted, loadInto, watched } from '../etl/load.ts'
import { RowsNeeded } from '../etl/rows-needed.ts'
import { rejectedBefore } from '../etl/transform.ts'
import type { Declared, Historic } from './declared.ts'
import type { Scene, Step } from './scene.ts'
import { makeUnknown } from './unknown.ts'

/** Columns that are alike in all rows of a first load, such as where versions begin. */
type Alike = Readonly<Record<string, Value>>

/**
 * Whether rows need not land: nobody is known, each row of the source is a member, and a key of the create refuses
 * lookups that come twice. Which rows those are the landing tells: then the source is read once more.
 */
export function goesStraight(scene: Scene, declared: Declared & Partial<Historic>, alike: Alike, again = false): boolean {
  const { stage } = scene
  const isPlain = declared.duplicates === undefined && declared.effectiveFrom === undefined && declared.onBadRow !== 'quarantine'
  const getsKeys = scene.loaded.every(({ name }) => name !== scene.key)
  return !again && stage.live === undefined && stage.relation === undefined && isPlain && getsKeys && isKeyed(scene, alike) && valuesOf(stage, alike) !== undefined
}

/** A key over lookups, and over what is alike in all rows, comes twice where the lookup does. */
function isKeyed({ stage: { definition, columns }, lookup }: Scene, alike: Alike): boolean {
  const isFilled = (name: string): boolean => columns.some((column) => column.name === name && !column.nullable)
  return [definition.primaryKey, ...definition.uniques].some((names) => names.some((name) => lookup.includes(name))
    && names.every((name) => isFilled(name) && (lookup.includes(name) || (alike[name] ?? null) !== null)))
}

/** The values as their columns hold them; undefined where one can't, or would be another one in it: the database says of that what it says. */
function valuesOf({ columns }: Pick<Stage, 'columns'>, alike: Alike): readonly (readonly [string, Value])[] | undefined {
  try {
    // A database that has BOOLEAN takes it for no number; as a value it would be one.
    if (columns.some(({ name, type }) => typeof alike[name] === 'boolean' && type.kind !== 'boolean')) return undefined
    return columns.flatMap(({ name, type, nullable }) => (Object.hasOwn(alike, name) ? [[name, checker(type, { nullable })(alike[name] ?? null)] as const] : []))
  } catch (error) {
    if (error instanceof BadValue) return undefined
    throw error
  }
}

/** Loads staging from the flow. @throws {RowsNeeded} where the table does not take the rows: the landing tells which, and why */
export async function loadStraight(scene: Scene, flow: Flow, target: Target, alike: Alike, unknown: Step): Promise<Counts> {
  const { badRows, etl, definition: { table } } = target
  const own = valuesOf(target, alike) ?? []
  let next = scene.lastKey
  const lead = ({ length }: BatchView): Cells[] => [
    Array.from({ length }, () => next += 1), ...own.map(([, value]) => Array.from<Value>({ length }).fill(value)),
  ]
  const { batches, read } = fitted({ flow, badRows, etl, table, sample: scene.lookup }, scene.loaded, lead)
  const source = watched(batches)
  try {
    // Who reads once more still reads the source: it is told when that is over.
    const members = await loadInto({ ...target, sourceIsRead: () => Promise.resolve() }, target.staging, filledColumns(scene, own), source.batches)
    await target.makeKeys?.()
    await target.sourceIsRead?.()
    await makeUnknown(scene, target.connection, unknown)
    const rejected = rejectedBefore(flow)
    return { read: read() + rejected, rejected, unchanged: 0, overwritten: 0, newMembers: members, staged: members + 1, lastKey: scene.lastKey + members }
  } catch (error) {
    throw error === source.thrown() ? error : await asNeeded(error, target)
  }
}

/** The columns in the order in which the rows have them. */
function filledColumns({ stage, key, loaded }: Scene, own: readonly (readonly [string, Value])[]): readonly TargetColumn[] {
  const engines = [key, ...own.map(([name]) => name)]
  return [...engines.map((name) => stage.columns.find((column) => column.name === name)!), ...loaded]
}

async function asNeeded(error: unknown, { connection, staging }: Target): Promise<unknown> {
  if (!(error instanceof DataError || (error instanceof DatabaseError && !error.transient))) return error
  await connection.execute(`TRUNCATE TABLE ${connection.dialect.quote(staging)}`)
  return new RowsNeeded(`the table does not take them as they come: ${error.why ?? error.what}`, error)
}

/** The load itself has no SQL to show: what a plan says instead. */
export function straightStep(scene: Scene, alike: Alike): PlanStep {
  const { stage } = scene
  const names = filledColumns(scene, valuesOf(stage, alike) ?? []).map(({ name }) => stage.dialect.quote(name))
  return { title: 'take in the source, row by row checked, each row with the next key', sql: `-- bulk load into ${stage.dialect.quote(stage.staging)} (${names.join(', ')})` }
}
