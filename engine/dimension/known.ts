/** Who of the source's members is known, and so how much of the match has to be written down. */

import type { Connection } from '../db/connection.ts'
import { BusyError } from '../errors.ts'
import type { Target } from '../etl/etl.ts'
import { UNKNOWN_KEY } from './dimension.ts'
import { refuseDoubledKeys } from './doubled-keys.ts'
import { live, liveAndLanded } from './match.ts'
import { hasFewLanded, numbers, quoteIn, typeOf, unlessTiny } from './scene.ts'
import type { Scene, Step } from './scene.ts'

/** Such a part of the live members has left the source at the most where those who left are written down to be counted. */
const FEW_LEFT = 0.25

/**
 * How many rows the source brings, how many of them are of members that live knows, and how many current versions those have:
 * `of_known` are the rows of members with a current version, where not every version is one.
 */
function countKnown(scene: Scene, isCurrent?: string): Step {
  const { stage, landing, key } = scene
  const current = `CASE WHEN ${isCurrent} THEN n.row_no END`
  const counts = isCurrent === undefined ? 'COUNT(*) AS currents' : `COUNT(${current}) AS currents, COUNT(DISTINCT ${current}) AS of_known`
  return {
    title: `count the members that are known, where that does not follow from who left, ${unlessTiny}`,
    sql: `SELECT COUNT(DISTINCT n.row_no) AS known, ${counts}, (SELECT COUNT(*) FROM ${stage.dialect.quote(landing)}) AS landed
FROM ${liveAndLanded(scene)}
WHERE ${live(scene, key)} <> ${UNKNOWN_KEY}`,
  }
}

/** What is asked before the match, as a plan shows it. */
export const knownSteps = (scene: Scene, isCurrent?: string): Step[] => [...isGrouped(scene) ? [findOther(scene, isCurrent)] : [], countKnown(scene, isCurrent)]

/**
 * Finds out how much of the match is needed. Most rows of most loads are as they were: they are copied from the live table as
 * they stand, and only what changes is written down. Not where live's rows can't stay as they are, where a member has no
 * current version or several, and where new members could only be told by a look at all of live for each of them.
 *
 * Where it is sure beforehand that all of live's members have one current version, who left is written down as well, and tells
 * who is known: else that is counted by a pass of its own.
 */
export async function withKnown(scene: Scene, { connection, live: table }: Target, isCurrent?: string): Promise<Scene> {
  if (table === undefined) return hasFewLanded(scene) ? scene : { ...scene, isWhole: await isNumberedWhole(scene, connection) }
  // Where live's rows can't stay as they are, all matches are written down, and say it.
  if (hasFewLanded(scene) || scene.unlike?.length !== 0) return scene
  const { keys } = await connection.merging.shapeOf(table.table, scene.stage.definition)
  const finds = findsStrangers(scene, keys)
  const { currents: all = 0, left = Infinity } = scene
  if (finds && all - left <= all * FEW_LEFT && await areSingle(scene, connection, keys, isCurrent)) return { ...scene, keys, onlyChanged: true, inOnePass: true }
  const { known = 0, currents = 0, of_known: ofKnown = known, landed: rows = 0 } = await numbers(connection, countKnown(scene, isCurrent))
  return { ...scene, keys, known, strangers: rows - known, onlyChanged: currents === ofKnown && known === ofKnown && (known === rows || finds) }
}

/**
 * The scene after the match was counted: who is known, where those who left tell that, and whether no row changes.
 *
 * @throws {BusyError} where versions became current meanwhile, or ceased to be
 */
export function afterMatch(scene: Scene, { departed = 0, still_current: now }: Readonly<Record<string, number>>, changed: number): Scene {
  const { onlyChanged = false, inOnePass = false, currents = 0, left = 0 } = scene
  if (inOnePass && now !== undefined && now !== currents) throw moved(scene, `${currents} of its versions were current, and then ${now}`)
  const counted = { ...scene, isAsItWas: onlyChanged && changed === 0 }
  return inOnePass ? { ...counted, known: currents - departed, strangers: left - currents + departed } : counted
}

/**
 * No run of ours changes the live table meanwhile; somebody by hand may. Whoever was known when it was counted, and is gone since,
 * would be missing without a word.
 *
 * @throws {BusyError} where staging did not get as many live versions as there were
 * @throws {DataError} where that is since several of them have one key
 */
export async function refuseMoved(scene: Scene, connection: Connection, kept: number): Promise<void> {
  const { members = 0, onlyChanged = false } = scene
  if (!onlyChanged || kept === members) return
  await refuseDoubledKeys(scene, connection)
  throw moved(scene, `it had ${members} rows of members, and then ${kept}`)
}

/**
 * The same for members of the source whom live did not have: one whom somebody has entered since was too late to be kept and too
 * early to be added.
 *
 * @throws {BusyError} where others came than were told to be new
 */
export function refuseOthers(scene: Scene, newMembers: number): void {
  const { onlyChanged = false, strangers: told = newMembers } = scene
  if (onlyChanged && newMembers !== told) throw moved(scene, `${told} of the source's members were new, and then ${newMembers}`)
}

export const moved = ({ stage }: Scene, why: string): BusyError => new BusyError('the live table was changed while its members were compared', {
  where: `${stage.etl}, table ${stage.definition.table}`, why, wayOut: 'run again when nobody changes it by hand',
})

/** Rows that were set aside or dropped leave gaps, and a server that counts may count in steps. */
async function isNumberedWhole({ stage, landing }: Scene, connection: Connection): Promise<boolean> {
  const { low, high, count } = await numbers(connection, { sql: `SELECT MIN(row_no) AS low, MAX(row_no) AS high, COUNT(*) AS count FROM ${stage.dialect.quote(landing)}` })
  return low === 1 && high === count
}

type Keys = readonly (readonly string[])[]

/** Whether a row of the landing finds its member in live without a look at all of them. */
export function findsStrangers({ stage, lookup }: Scene, keys: Keys): boolean {
  if (!stage.dialect.joinsByIndex) return true
  if (!stage.dialect.landsInOrderOf(lookup.map((name) => typeOf(stage, name)))) return false
  return keys.some((key) => lookup.every((name) => key.indexOf(name) >= 0 && key.indexOf(name) < lookup.length))
}

/** Types whose values are grouped as they are compared, in whatever collation the live table has its texts. */
const GROUPED = ['integer', 'decimal', 'boolean', 'date', 'timestamp']

const isGrouped = ({ stage, lookup }: Scene): boolean => lookup.every((name) => GROUPED.includes(typeOf(stage, name).kind))

/** Whether it is sure that each member of live has one current version: by a key, or by a look at live alone. */
async function areSingle(scene: Scene, connection: Connection, keys: Keys, isCurrent?: string): Promise<boolean> {
  const { lookup, members, currents } = scene
  const isPlain = members === currents
  if (isPlain && keys.some((key) => key.every((name) => lookup.includes(name)))) return true
  return isGrouped(scene) && (await connection.query(findOther(scene, isPlain ? undefined : isCurrent))).length === 0
}

/** A lookup of live that has no current version or several. */
function findOther(scene: Scene, isCurrent: string | undefined): Step {
  const { stage, key, lookup } = scene
  const others = isCurrent === undefined ? 'COUNT(*) > 1' : `SUM(CASE WHEN ${isCurrent} THEN 1 ELSE 0 END) <> 1`
  return {
    title: `see that all members have one current version, where no key says so, ${unlessTiny}`,
    sql: `SELECT 1 AS one
FROM ${quoteIn(stage)(stage.live?.table ?? '')} AS o
WHERE ${live(scene, key)} <> ${UNKNOWN_KEY}
GROUP BY ${lookup.map((name) => live(scene, name)).join(', ')}
HAVING ${others}
LIMIT 1`,
  }
}
