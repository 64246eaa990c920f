import { isRead } from '../db/flow.ts'
import type { AnyFlow, Flow } from '../db/flow.ts'
import { DataError } from '../errors.ts'
import { badRowRules } from '../etl/bad-rows.ts'
import type { Counts, Etl, PlanStep, Target } from '../etl/etl.ts'
import type { FittedColumn } from '../etl/load.ts'
import { queueOption } from '../etl/queue-name.ts'
import { refusalsOf } from '../etl/refusals.ts'
import { transformed } from '../etl/transform.ts'
import type { Create } from '../sql/define-create.ts'
import { DIMENSION_KEYS, UNKNOWN_KEY } from './dimension.ts'
import type { Brings, Dimension, DimensionSpec, JoinRequest } from './dimension.ts'
import type { Declared } from './declared.ts'
import { dimensionProblems, dimensionSpelling, neededNames, volumeOf } from './declared.ts'
import { fillFromLive, refuseUnfit, unfitMembers } from './carried.ts'
import { findDoubledKeys, refuseDoubledKeys, refusesDoubledKeys } from './doubled-keys.ts'
import { goesInPlace, inPlaceOf, refuseMissed } from './in-place.ts'
import { joinOf } from './join.ts'
import { afterMatch, knownSteps, refuseMoved, refuseOthers, withKnown } from './known.ts'
import { createLanding, duplicatesSteps, indexLanding, land, landedFrom, landingColumns, landSteps, settleDuplicates, whyRead } from './landing.ts'
import { membersOf } from './lookup.ts'
import {
  checkGrown, checkLive, copyStaying, differs, fillMatch, landed, liveOrDefault, refuseDoubled, rewritten, stepsToMatch, strangers,
} from './match.ts'
import type { Scene, Stage, Step } from './scene.ts'
import { fill, hasFewLanded, insertSelect, numbers, plannedScene, quoteIn, runTogether, sceneOf, stageOf } from './scene.ts'
import { goesStraight, loadStraight, straightStep } from './straight.ts'
import { insertUnknown, makeUnknown } from './unknown.ts'

/**
 * A dimension without history: a member that has changed is overwritten (Kimball's type 1).
 *
 * Every column of the create but the key comes from the source column of its name. Members keep their keys over every
 * load, those that left the source are kept, and a member with the key -1 stands for everybody unknown.
 *
 * @throws {DataError} from its load: for a value that the table can't hold, and for a lookup that comes twice, unless
 *   `onBadRow` sets such rows aside
 * @example
 * const school = scd1({ source, create, key: 'school_key', lookup: ['school_id'] })
 */
export function scd1<
  SC extends string, R, CC extends string, Key extends CC, const Lookup extends readonly [NoInfer<CC>, ...NoInfer<CC>[]], A extends NoInfer<CC> = never,
>(spec: DimensionSpec<SC, R, A, CC, Key, Lookup> & Brings<NoInfer<SC | A>, CC, NoInfer<Key>>): Dimension<'scd1', Lookup, never> {
  const declared: Declared = spec
  const filled = [spec.key]
  return Object.freeze({
    ...dimensionOf('scd1', declared, spec.lookup, spec.create),
    spelling: dimensionSpelling(spec, DIMENSION_KEYS),
    problems: (definition) => dimensionProblems(declared, definition, filled),
    needs: (definition) => neededNames(declared, definition, filled),
    ...mayStay(declared, filled),
    changesBy: declared.key,
    load: (flow, target) => loadScd1(declared, flow, target, filled),
    refusals: (stage) => refusalsOf(() => checkLive(sceneOf(stage, spec.key, spec.lookup, filled))),
    unfit: (stage, connection) => unfitMembers(sceneOf(stage, spec.key, spec.lookup, filled), connection),
    plan: (stage) => planScd1(declared, stage, filled),
  } satisfies Dimension<'scd1', Lookup, never>)
}

/** What kinds with a source and without options for facts have in common. */
export function dimensionOf<Kind extends string, Lookup extends readonly string[]>(kind: Kind, declared: Declared, lookup: Lookup, create: Create) {
  const { source, key, adds = [] } = declared
  return {
    type: 'dimension' as const, kind, source, create, key, lookup, uses: {}, options: [] as never[], ...volumeOf(declared), ...badRowRules(declared), ...queueOption(declared),
    sample: () => lookup,
    takesBytes: declared.transform === undefined,
    transform: (flow: Flow) => transformed(flow, declared, adds, create.definition().table),
    joined: (request: JoinRequest) => joinOf({ key, lookup, create, versions: false }, request),
    members: membersOf({ key, lookup, create, versions: false }),
  }
}

/** The rows of a source without a transform may stay in the server. */
export const mayStay = (declared: Declared, filled: readonly string[]): Pick<Etl, 'whyRead'> => (declared.transform !== undefined ? {} : {
  whyRead: (flow, stage) => whyRead(flow, landingColumns(sceneOf(stage, declared.key, declared.lookup, filled), declared, flow)),
})

/** Loads staging from the flow and the live table; for `date` too, whose key comes from the source. */
export async function loadScd1(declared: Declared, flow: AnyFlow, target: Target, filled: readonly string[]): Promise<Counts> {
  const { connection } = target
  const known = landedFrom(flow, sceneOf(stageOf(target), declared.key, declared.lookup, filled))
  checkLive(known)
  if (isRead(flow) && goesStraight(known, declared, {}, target.again)) return loadStraight(known, flow, target, {}, insertUnknown(known, declared.unknown))
  const columns = landingColumns(known, declared, flow)
  const taken = await land(known, columns, flow, target)
  const landing = { ...known, landed: taken.landed }
  const { superseded, gone } = await settleDuplicates(landing, declared, target)
  const matched = await withKnown(await withLastKey({ ...landing, left: taken.landed - gone }, target), target)
  if (target.live !== undefined) await matchMembers(matched, columns, target)
  const members = target.live === undefined ? {} : await numbers(connection, countMembers(matched))
  if ((members['doubled'] ?? 0) > 0) await refuseDoubled(matched, connection)
  const scene = afterMatch(matched, members, members['overwritten'] ?? 0)
  await refuseUnfit(scene, connection, (name) => (name === scene.key ? '1 = 1' : 'm.landed IS NULL'))
  const inPlace = goesInPlace(scene, target, members['overwritten'] ?? 0)
  const kept = target.live === undefined || inPlace ? 0 : await fillFromLive(target, scene, keepStaying(scene), true)
  const anew = target.live === undefined ? 0 : await fill(target, overwrite(scene))
  await (inPlace ? refuseMissed(scene, connection, anew) : refuseMoved(scene, connection, kept + anew))
  const newMembers = hasNobodyNew(scene) ? 0 : await fill(target, addNew(scene), target.live === undefined)
  refuseOthers(scene, newMembers)
  await makeUnknown(scene, connection, insertUnknown(scene, declared.unknown))
  const { overwritten = 0, matched: ofKnown = 0 } = members
  return {
    read: taken.read, rejected: taken.rejected + superseded,
    unchanged: (scene.known ?? ofKnown) - overwritten, overwritten, newMembers,
    staged: kept + anew + newMembers + 1, lastKey: filled.includes(declared.key) ? scene.lastKey + newMembers : target.lastKey,
    ...inPlace && inPlaceOf(scene, newMembers),
  }
}

/** The statements of `loadScd1`, in its order. */
export function planScd1(declared: Declared, stage: Stage, filled: readonly string[]): readonly PlanStep[] {
  const scene = plannedScene(sceneOf(stage, declared.key, declared.lookup, filled))
  if (goesStraight(scene, declared, {})) return [straightStep(scene, {}), insertUnknown(scene, declared.unknown)]
  const columns = landingColumns(scene, declared)
  const matching = stage.live === undefined ? []
    : [...keySteps(scene), ...knownSteps(scene), ...matchSteps(scene, columns), countMembers(scene), keepStaying(scene), overwrite(scene)]
  return [
    ...createLanding(scene, columns), ...landSteps(scene, columns), ...indexLanding(scene, columns), ...duplicatesSteps(scene, declared),
    ...matching, addNew(scene), insertUnknown(scene, declared.unknown),
  ]
}

/** Keys go on above the highest ever given, in the ledger or in the live table. */
export async function withLastKey(scene: Scene, { connection, live }: Target, isCurrent?: string): Promise<Scene> {
  if (live === undefined) return scene
  const { highest = 0, keyless = 0, members = 0, currents = members } = await numbers(connection, highestKey(scene, isCurrent))
  if (keyless > 0) throw withoutKey(scene, keyless)
  if (highest > Number.MAX_SAFE_INTEGER) throw beyondAll(scene)
  if (!refusesDoubledKeys(scene)) await refuseDoubledKeys(scene, connection)
  return { ...scene, members, currents, lastKey: Math.max(scene.lastKey, highest) }
}

/** What is asked of the live table's keys. */
export const keySteps = (scene: Scene, isCurrent?: string): Step[] => [highestKey(scene, isCurrent), ...refusesDoubledKeys(scene) ? [] : [findDoubledKeys(scene)]]

/** The highest key of the live table, and how many rows have none: in a table of ours that can't be, in one that was taken over it can. */
function highestKey({ stage, key }: Scene, isCurrent?: string): Step {
  const column = `o.${stage.dialect.quote(key)}`
  const currents = isCurrent === undefined ? '' : `, COUNT(CASE WHEN ${column} <> ${UNKNOWN_KEY} AND ${isCurrent} THEN 1 END) AS currents`
  const sql = `SELECT MAX(${column}) AS highest, COUNT(*) - COUNT(${column}) AS keyless, COUNT(CASE WHEN ${column} <> ${UNKNOWN_KEY} THEN 1 END) AS members${currents} FROM ${stage.dialect.quote(stage.live?.table ?? '')} AS o`
  return { title: 'find the highest key', sql }
}

const withoutKey = ({ stage, key }: Scene, rows: number): DataError => new DataError(`${rows} ${rows === 1 ? 'row of the live table has' : 'rows of the live table have'} no key`, {
  where: `${stage.etl}, table ${stage.definition.table}, column ${key}`, why: 'members are known again by their keys, and these would be lost',
  wayOut: 'give them keys in the live table, or delete them there',
})

const beyondAll = ({ stage, key }: Scene): DataError => new DataError('a key of the live table is beyond 2^53', {
  where: `${stage.etl}, table ${stage.definition.table}, column ${key}`, why: 'new members get the keys above the highest, and such keys are not told apart',
  wayOut: 'give its member a smaller key in the live table, and the facts that point at it',
})

function matchSteps(scene: Scene, columns: readonly FittedColumn[]): Step[] {
  const others = scene.loaded.map(({ name }) => name).filter((name) => !scene.lookup.includes(name))
  return stepsToMatch(scene, columns, fillMatch(scene, '0', differs(scene, others)))
}

async function matchMembers(scene: Scene, columns: readonly FittedColumn[], { connection, signal }: Target): Promise<void> {
  await runTogether(connection, matchSteps(scene, columns), signal)
  await checkGrown(scene, connection, [])
}

function countMembers({ stage, match }: Scene): Step {
  return {
    title: 'count what becomes of the members',
    sql: `SELECT SUM(differs) AS overwritten, COUNT(landed) AS matched, COUNT(*) - COUNT(landed) AS departed, COUNT(landed) - COUNT(DISTINCT landed) AS doubled FROM ${stage.dialect.quote(match)}`,
  }
}

const keepStaying = (scene: Scene): Step => copyStaying(scene, (name) => liveOrDefault(scene, name))

/** Known members as the source brings them now, under the keys that they have. */
const overwrite = (scene: Scene): Step =>
  insertSelect(scene, 'overwrite the known members that have changed', new Map([[scene.key, 'm.member'], ...columnsOf(scene)]), rewritten(scene))

/** Whether it was found out that the source brings nobody new, so that nobody has to be looked for. */
export const hasNobodyNew = ({ onlyChanged = false, strangers: count }: Scene): boolean => onlyChanged && count === 0

/**
 * The keys that rows get in the order of the source. Where all rows of a source are added its own numbers say that order:
 * a window would write all of them down once more.
 */
export const nextKey = (scene: Scene): string => scene.isWhole === true && scene.stage.live === undefined && !hasFewLanded(scene)
  ? `${scene.lastKey} + n.row_no` : `${scene.lastKey} + ROW_NUMBER() OVER (ORDER BY n.row_no)`

/** New members in the order of the source: with the next keys, or with their own where the source brings the key. */
function addNew(scene: Scene): Step {
  const { stage, landing, match, key, onlyChanged = false } = scene
  const quote = quoteIn(stage)
  const expressions = new Map([[key, nextKey(scene)], ...columnsOf(scene)])
  return insertSelect(scene, 'add the new members', expressions, stage.live === undefined ? `${quote(landing)} AS n` : onlyChanged ? strangers(scene)
    : `${quote(landing)} AS n\nLEFT JOIN ${quote(match)} AS m ON m.landed = n.row_no\nWHERE m.landed IS NULL`)
}

const columnsOf = (scene: Scene): [string, string][] => scene.loaded.map(({ name }) => [name, landed(scene, name)])
