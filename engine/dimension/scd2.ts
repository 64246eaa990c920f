import type { Counts, PlanStep, Target } from '../etl/etl.ts'
import { isRead } from '../db/flow.ts'
import type { AnyFlow } from '../db/flow.ts'
import type { ValueType } from '../db/value-type.ts'
import { ConfigurationError } from '../errors.ts'
import type { FittedColumn } from '../etl/load.ts'
import { refusalsOf } from '../etl/refusals.ts'
import type { TableDefinition } from '../sql/create.ts'
import type { Keys } from '../sql/spelling.ts'
import type { Historic } from './declared.ts'
import { columnNames, dimensionProblems, dimensionSpelling, nameProblem, neededNames } from './declared.ts'
import { BOOKKEEPING, DIMENSION_KEYS } from './dimension.ts'
import type { Bookkeeping, Brings, Dimension, DimensionSpec, HasBookkeeping } from './dimension.ts'
import { fillFromLive, refuseUnfit, unfitMembers } from './carried.ts'
import { goesInPlace, inPlaceOf, refuseMissed } from './in-place.ts'
import { joinOf } from './join.ts'
import { afterMatch, knownSteps, refuseMoved, refuseOthers, withKnown } from './known.ts'
import { createLanding, duplicatesSteps, indexLanding, land, landedFrom, landingColumns, landSteps, settleDuplicates } from './landing.ts'
import { membersOf } from './lookup.ts'
import { checkGrown, checkLive, fillMatch, refuseDoubled, stepsToMatch } from './match.ts'
import { dimensionOf, keySteps, mayStay, withLastKey } from './scd1.ts'
import {
  actionOf, addVersions, checkBookkeeping, countVersions, isCurrent, keepStaying, keepVersions, correctVersions, otherDiffers, refuseEarlier, staysIn,
} from './scd2-steps.ts'
import type { Scene, Stage } from './scene.ts'
import { fill, liveHas, numbers, plannedScene, runTogether, sceneOf, stageOf } from './scene.ts'
import { goesStraight, loadStraight, straightStep } from './straight.ts'
import { insertUnknown, makeUnknown } from './unknown.ts'
import { FIRST } from './versions.ts'

interface Scd2Spec<SC extends string, R, A extends string, CC extends string, Key extends CC, Lookup extends readonly string[]>
  extends DimensionSpec<SC, R, A, CC, Key, Lookup> {
  /** The columns whose change opens a new version. All others are corrections: they are overwritten in every version. */
  readonly history: readonly NoInfer<Exclude<CC, Key | Bookkeeping>>[]
  /** A source column with the time at which a row's values took effect (UTC). Without it that is the refresh's time. */
  readonly effectiveFrom?: NoInfer<SC | A>
}

const HISTORIC_KEYS = { ...DIMENSION_KEYS, history: 'must', effectiveFrom: 'may' } as const satisfies Keys<keyof Scd2Spec<string, unknown, string, string, string, readonly string[]>>

/**
 * A dimension with history: a change in `history` closes a member's version and opens a new one (Kimball's type 2).
 *
 * Versions are half-open, [valid_from, valid_to), and valid_to is NULL while a version is current; the first begins at
 * 1000-01-01. A change that takes effect exactly when the current version began corrects it in place; an earlier one is
 * refused. The create has `valid_from`, `valid_to` and `is_current`, which the engine fills.
 *
 * @throws {DataError} from its load: for a value that the table can't hold, a lookup that comes twice, a change that
 *   takes effect before the version that it would close, and NULL in `effectiveFrom`
 * @example
 * const product = scd2({ source, create, key: 'product_key', lookup: ['product_id'], history: ['brand', 'list_price'] })
 */
export function scd2<
  SC extends string, R, CC extends string, Key extends CC, const Lookup extends readonly [NoInfer<CC>, ...NoInfer<CC>[]], A extends NoInfer<CC> = never,
>(
  spec: Scd2Spec<SC, R, A, CC, Key, Lookup> & HasBookkeeping<CC> & Brings<NoInfer<SC | A>, CC, NoInfer<Key> | Bookkeeping>,
): Dimension<'scd2', Lookup, 'asOf'> {
  const declared: Historic = spec
  const { create } = spec
  const filled = [spec.key, ...BOOKKEEPING]
  return Object.freeze({
    ...dimensionOf('scd2', declared, spec.lookup, create),
    spelling: dimensionSpelling(spec, HISTORIC_KEYS),
    options: ['asOf'] as const,
    joined: (request) => joinOf({ key: spec.key, lookup: spec.lookup, create, versions: true }, request),
    members: membersOf({ key: spec.key, lookup: spec.lookup, create, versions: true }),
    problems: (definition) => [...dimensionProblems(declared, definition, filled), ...historyProblems(declared, definition)],
    needs: (definition) => neededNames(declared, definition, filled, [declared.effectiveFrom]),
    ...mayStay(declared, filled),
    changesBy: declared.key,
    load: (flow, target) => loadScd2(declared, flow, target, filled),
    refusals: (stage) => refusalsScd2(sceneOf(stage, spec.key, spec.lookup, filled)),
    unfit: (stage, connection) => unfitMembers(sceneOf(stage, spec.key, spec.lookup, filled), connection),
    plan: (stage) => planScd2(declared, stage, filled),
  } satisfies Dimension<'scd2', Lookup, 'asOf'>)
}

function historyProblems({ source, adds = [], history, lookup, key, effectiveFrom }: Historic, definition: TableDefinition): string[] {
  const columns = columnNames(definition)
  const brought = source.columns && [...source.columns, ...adds]
  return [
    ...BOOKKEEPING.filter((name) => !columns.includes(name)).map((name) => `the create has no column ${name}, which a dimension with history needs`),
    ...history.length === 0 ? ['history names no column: without one this is scd1'] : [],
    ...history.flatMap((name) => nameProblem('history', name, columns, definition.table)),
    ...history.filter((name) => lookup.includes(name)).map((name) => `history names '${name}', which is in lookup: a member's natural key never changes`),
    ...history.filter((name) => name === key || BOOKKEEPING.some((own) => own === name)).map((name) => `history names '${name}', which the engine fills`),
    ...effectiveFrom === undefined ? [] : nameProblem('effectiveFrom', effectiveFrom, brought, 'the source'),
  ]
}

async function loadScd2(declared: Historic, flow: AnyFlow, target: Target, filled: readonly string[]): Promise<Counts> {
  const { connection } = target
  const known = landedFrom(flow, sceneOf(stageOf(target), declared.key, declared.lookup, filled))
  for (const refusal of refusalsScd2(known)) throw refusal
  if (isRead(flow) && goesStraight(known, declared, FIRST_VERSION, target.again)) {
    return { ...await loadStraight(known, flow, target, FIRST_VERSION, insertUnknown(known, declared.unknown, FIRST_VERSION)), newVersions: 0 }
  }
  const columns = landingColumns(known, declared, flow)
  const taken = await land(known, columns, flow, target)
  const landing = { ...known, landed: taken.landed }
  const { superseded, gone } = await settleDuplicates(landing, declared, target)
  const current = isCurrent(landing)
  const matched = await withKnown(await withLastKey({ ...landing, left: taken.landed - gone }, target, current), target, current)
  const counted = target.live === undefined ? {} : await matchVersions(matched, declared, columns, target)
  const scene = afterMatch(matched, counted, counted['members'] ?? 0)
  await refuseUnfit(scene, connection, staysIn(scene, declared, filled))
  const { members = 0, overwritten = 0, opened = 0 } = counted
  const inPlace = goesInPlace(scene, target, overwritten + opened)
  const kept = target.live === undefined || inPlace ? 0 : await fillFromLive(target, scene, keepStaying(scene), true)
  const versions = target.live === undefined ? 0 : await fillFromLive(target, scene, keepVersions(scene, declared), false)
  const corrected = target.live === undefined ? 0 : await fill(target, correctVersions(scene))
  await (inPlace ? refuseMissed(scene, connection, versions + corrected) : refuseMoved(scene, connection, kept + versions + corrected))
  const added = await fill(target, addVersions(scene, declared), target.live === undefined)
  refuseOthers(scene, added - opened)
  await makeUnknown(scene, connection, insertUnknown(scene, declared.unknown, FIRST_VERSION))
  return {
    read: taken.read, rejected: taken.rejected + superseded,
    unchanged: (scene.known ?? members) - overwritten - opened, overwritten, newMembers: added - opened, newVersions: opened,
    staged: kept + versions + corrected + added + 1, lastKey: scene.lastKey + added,
    ...inPlace && inPlaceOf(scene, added, 'is_current'),
  }
}

const refusalsScd2 = (known: Scene): readonly Error[] => refusalsOf(() => checkLive(known), () => checkTimes(known), () => checkBookkeeping(known))

function planScd2(declared: Historic, stage: Stage, filled: readonly string[]): readonly PlanStep[] {
  const scene = plannedScene(sceneOf(stage, declared.key, declared.lookup, filled))
  if (goesStraight(scene, declared, FIRST_VERSION)) return [straightStep(scene, FIRST_VERSION), insertUnknown(scene, declared.unknown, FIRST_VERSION)]
  const columns = landingColumns(scene, declared)
  const matching = stage.live === undefined ? []
    : [
      ...keySteps(scene, isCurrent(scene)), ...knownSteps(scene, isCurrent(scene)), ...matchSteps(scene, declared, columns), countVersions(scene), keepStaying(scene), keepVersions(scene, declared), correctVersions(scene),
    ]
  return [
    ...createLanding(scene, columns), ...landSteps(scene, columns), ...indexLanding(scene, columns), ...duplicatesSteps(scene, declared),
    ...matching, addVersions(scene, declared), insertUnknown(scene, declared.unknown, FIRST_VERSION),
  ]
}

const FIRST_VERSION = { valid_from: FIRST, valid_to: null, is_current: true }

const matchSteps = (scene: Scene, declared: Historic, columns: readonly FittedColumn[]) =>
  stepsToMatch(scene, columns, fillMatch(scene, actionOf(scene, declared), otherDiffers(scene, declared)))

/** Decides what becomes of every known version, and refuses what can't be decided. */
async function matchVersions(scene: Scene, declared: Historic, columns: readonly FittedColumn[], { connection, signal }: Target): Promise<Readonly<Record<string, number>>> {
  await runTogether(connection, matchSteps(scene, declared, columns), signal)
  await checkGrown(scene, connection, BOOKKEEPING.filter((name) => !liveHas(scene.stage, name)))
  const counted = await numbers(connection, countVersions(scene))
  if ((counted['doubled'] ?? 0) > 0) await refuseDoubled(scene, connection)
  await refuseEarlier(scene, declared, connection, counted)
  return counted
}

/** @throws {ConfigurationError} where valid_from and valid_to can't hold the same times */
function checkTimes({ stage }: Scene): void {
  const [from, to] = ['valid_from', 'valid_to'].map((name) => stage.columns.find((column) => column.name === name))
  const problem = from?.type.kind !== 'timestamp' && from?.type.kind !== 'date' ? 'valid_from is no TIMESTAMP'
    : !sameTimes(from.type, to?.type) ? 'valid_to is of another type than valid_from'
      : to?.nullable === false ? 'valid_to is NOT NULL, and a current version has none' : undefined
  if (problem === undefined) return
  throw new ConfigurationError(problem, {
    where: `${stage.etl}, table ${stage.definition.table}`, wayOut: 'declare valid_from TIMESTAMP NOT NULL and valid_to TIMESTAMP',
  })
}

function sameTimes(from: ValueType, to: ValueType | undefined): boolean {
  if (from.kind === 'timestamp' && to?.kind === 'timestamp') return from.precision === to.precision
  return from.kind === to?.kind
}
