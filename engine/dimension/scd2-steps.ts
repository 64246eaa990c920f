import type { Connection } from '../db/connection.ts'
import { DataError } from '../errors.ts'
import { valueWords } from '../etl/load.ts'
import type { Stays } from './carried.ts'
import type { Historic } from './declared.ts'
import { BOOKKEEPING, UNKNOWN_KEY } from './dimension.ts'
import { lookupWords } from './landing.ts'
import { copyStaying, differs, landed, live, liveOrDefault, matchedVersions, rewritten, same, strangers } from './match.ts'
import { hasNobodyNew, nextKey } from './scd1.ts'
import type { Scene, Step } from './scene.ts'
import { insertSelect, liveHas, quoteIn, typeOf } from './scene.ts'
import { FIRST, heldBy } from './versions.ts'

/**
 * What becomes of a live version whose member the source brings; NULL for one that is closed already.
 * A member without a current version opens one: see `countVersions`.
 */
const STAYS = 0
const CLOSES = 1
const CORRECTED = 2
const REFUSED = 3

/** When a row's values took effect. */
function effective(scene: Scene, { effectiveFrom }: Historic): string {
  const { dialect, refreshedAt } = scene.stage
  return effectiveFrom === undefined ? dialect.timestamp(heldBy(typeOf(scene.stage, 'valid_from'), refreshedAt)) : landed(scene, 'etl_effective')
}

const first = ({ stage }: Scene): string => stage.dialect.timestamp(heldBy(typeOf(stage, 'valid_from'), FIRST))

/** A column of a live row; a table that had no history so far has one version of each member, current from the first day on. */
function old(scene: Scene, name: string): string {
  if (liveHas(scene.stage, name)) return live(scene, name)
  const begin: Readonly<Record<string, string>> = { valid_from: first(scene), valid_to: 'NULL', is_current: 'TRUE' }
  return begin[name] ?? liveOrDefault(scene, name)
}

/** A history column that live lacks has no history yet: it is filled in every version, as a correction. */
const compared = ({ stage }: Scene, { history }: Historic): string[] => history.filter((name) => liveHas(stage, name))

/** The `action` of the match table. */
export function actionOf(scene: Scene, declared: Historic): string {
  const equal = compared(scene, declared).map((name) => same(scene, name))
  const time = effective(scene, declared)
  const began = old(scene, 'valid_from')
  const departed = scene.inOnePass === true ? `WHEN n.row_no IS NULL THEN ${STAYS}
            ` : ''
  // Asked whether it is current, not whether it isn't: NULL is neither, and facts take such a version for a closed one.
  return `CASE WHEN ${isCurrent(scene)} THEN CASE ${departed}WHEN ${equal.length === 0 ? '1 = 1' : equal.join(' AND ')} THEN ${STAYS}
            WHEN ${time} > ${began} THEN ${CLOSES}
            WHEN ${time} = ${began} THEN ${CORRECTED}
            ELSE ${REFUSED} END END`
}

/** The `differs` of the match table: whether a column without history differs. */
export function otherDiffers(scene: Scene, declared: Historic): string {
  const taken = [...scene.lookup, ...compared(scene, declared)]
  return differs(scene, scene.loaded.map(({ name }) => name).filter((name) => !taken.includes(name)))
}

/** SQL: whether a live version is current. */
export const isCurrent = (scene: Scene): string => `${old(scene, 'is_current')} = TRUE`

/** Each known member once; without a current version it opens one, unless that one is as it was and therefore not among the matched. */
const knownMembers = ({ stage, match, onlyChanged = false }: Scene): string =>
  `(SELECT landed, COALESCE(MAX(action), ${onlyChanged ? STAYS : CLOSES}) AS action, COUNT(action) AS currents, MAX(differs) AS differs
      FROM ${stage.dialect.quote(match)}
      WHERE landed IS NOT NULL
      GROUP BY landed) AS known`

const count = (condition: string, name: string): string => `SUM(CASE WHEN ${condition} THEN 1 ELSE 0 END) AS ${name}`

export function countVersions(scene: Scene): Step {
  const { stage, key } = scene
  const quote = quoteIn(stage)
  // Who left is told by those whom the source brings no more: whoever became current or ceased to be since the first count would be told as another's.
  const now = scene.inOnePass !== true ? '' : `,
       (SELECT COUNT(*) FROM ${quote(stage.live?.table ?? '')} AS o WHERE ${live(scene, key)} <> ${UNKNOWN_KEY} AND ${isCurrent(scene)}) AS still_current`
  return {
    title: 'count what becomes of the members',
    sql: `SELECT COUNT(*) AS members,
       ${count(`action = ${CLOSES}`, 'opened')},
       ${count(`action = ${CORRECTED} OR (action = ${STAYS} AND differs = 1)`, 'overwritten')},
       ${count(`action = ${REFUSED}`, 'refused')},
       ${scene.onlyChanged === true ? '0 AS reopened' : count('currents = 0', 'reopened')},
       ${count('currents > 1', 'doubled')},
       (SELECT COUNT(*) FROM ${quote(scene.match)} WHERE landed IS NULL) AS departed${now}
FROM ${knownMembers(scene)}`,
  }
}

export const keepStaying = (scene: Scene): Step => copyStaying(scene, (name) => old(scene, name))

/** Known versions: history as it was, all else as the source brings it now; closed where a new version opens. */
export function keepVersions(scene: Scene, declared: Historic): Step {
  const history = compared(scene, declared)
  const expressions = new Map([
    [scene.key, 'm.member'],
    ...scene.loaded.map(({ name }): [string, string] => [name, history.includes(name) ? live(scene, name) : landed(scene, name)]),
    ['valid_from', old(scene, 'valid_from')],
    ['valid_to', `CASE WHEN m.action = ${CLOSES} THEN ${effective(scene, declared)} ELSE ${old(scene, 'valid_to')} END`],
    ['is_current', `CASE WHEN m.action = ${CLOSES} THEN FALSE ELSE ${old(scene, 'is_current')} END`],
  ])
  return insertSelect(scene, 'keep the known versions, closed where a new one opens', expressions,
    `${rewritten(scene)} AND (m.action IS NULL OR m.action <> ${CORRECTED})`)
}

/** In which live rows a column keeps its value: what the engine fills in all, history in all versions but those that are corrected, all else in members that left. */
export function staysIn(scene: Scene, declared: Historic, filled: readonly string[]): Stays {
  const history = compared(scene, declared)
  return (name) => filled.includes(name) ? '1 = 1' : history.includes(name) ? `m.action IS NULL OR m.action <> ${CORRECTED}` : 'm.landed IS NULL'
}

/** Current versions that began at the very time of the change: all from the source. */
export function correctVersions(scene: Scene): Step {
  const expressions = new Map([
    [scene.key, 'm.member'],
    ...scene.loaded.map(({ name }): [string, string] => [name, landed(scene, name)]),
    ...BOOKKEEPING.map((name): [string, string] => [name, old(scene, name)]),
  ])
  return insertSelect(scene, 'correct the versions that began at the time of the change', expressions,
    `${matchedVersions(scene)}\nWHERE m.action = ${CORRECTED}`)
}

const ADDED = 'add the new members and the new versions'

/**
 * New members from the first day on, and new versions of known ones from the time of the change on.
 *
 * Joins the one version that is decided about, not a group of all of them: a database that keeps a group aside writes it
 * to its disk once there are many members. Who is known by closed versions alone is looked up for the few that it concerns.
 */
export function addVersions(scene: Scene, declared: Historic): Step {
  const { stage, landing, match, key, onlyChanged = false } = scene
  const quote = quoteIn(stage)
  if (onlyChanged) return addChanged(scene, declared)
  const isFirstLoad = stage.live === undefined
  const isNew = `m.landed IS NULL AND NOT EXISTS (SELECT 1 FROM ${quote(match)} AS closed WHERE closed.landed = n.row_no)`
  const expressions = new Map([
    [key, nextKey(scene)],
    ...scene.loaded.map(({ name }): [string, string] => [name, landed(scene, name)]),
    ['valid_from', isFirstLoad ? first(scene) : `CASE WHEN ${isNew} THEN ${first(scene)} ELSE ${effective(scene, declared)} END`],
    ['valid_to', 'NULL'],
    ['is_current', 'TRUE'],
  ])
  const rows = `${quote(landing)} AS n`
  return insertSelect(scene, ADDED, expressions, isFirstLoad ? rows
    : `${rows}\nLEFT JOIN ${quote(match)} AS m ON m.landed = n.row_no AND m.action IS NOT NULL\nWHERE m.landed IS NULL OR m.action = ${CLOSES}`)
}

/** The same where every known member has one current version, and the match table only those that change. */
function addChanged(scene: Scene, declared: Historic): Step {
  const names = [...scene.loaded.map(({ name }) => name), ...declared.effectiveFrom === undefined ? [] : ['etl_effective']]
  const rows = (isNew: 0 | 1, from: string): string => `SELECT n.row_no, ${names.map((name) => landed(scene, name)).join(', ')}, ${isNew} AS is_new FROM ${from}`
  const opened = rows(0, `${matchedVersions(scene)}\nWHERE m.action = ${CLOSES}`)
  const expressions = new Map([
    [scene.key, nextKey(scene)],
    ...scene.loaded.map(({ name }): [string, string] => [name, landed(scene, name)]),
    ['valid_from', `CASE WHEN n.is_new = 1 THEN ${first(scene)} ELSE ${effective(scene, declared)} END`],
    ['valid_to', 'NULL'],
    ['is_current', 'TRUE'],
  ])
  return insertSelect(scene, ADDED, expressions, `(\n${hasNobodyNew(scene) ? opened : `${opened}\nUNION ALL\n${rows(1, strangers(scene))}`}\n) AS n`)
}

/** Changes that would take effect before the current version began: up to three. */
function findEarlier(scene: Scene, declared: Historic): Step {
  return {
    title: 'find changes before the current version',
    sql: `SELECT ${lookups(scene)}, ${old(scene, 'valid_from')} AS began, ${effective(scene, declared)} AS effective
FROM ${matchedVersions(scene)}
WHERE m.action = ${REFUSED}
ORDER BY n.row_no
LIMIT 3`,
  }
}

/** The same for members that have no current version: before the last one had ended. */
function findReopenedEarlier(scene: Scene, declared: Historic): Step {
  const ended = `MAX(${old(scene, 'valid_to')})`
  const time = `MAX(${effective(scene, declared)})`
  return {
    title: 'find changes before the last version had ended',
    sql: `SELECT ${lookups(scene)}, ${ended} AS began, ${time} AS effective
FROM ${matchedVersions(scene)}
GROUP BY n.row_no, ${lookups(scene)}
HAVING COUNT(m.action) = 0 AND ${ended} > ${time}
ORDER BY n.row_no
LIMIT 3`,
  }
}

const lookups = ({ stage, lookup }: Scene): string => lookup.map((name) => `n.${stage.dialect.quote(name)}`).join(', ')

/** @throws {DataError} with samples where a change would take effect before what is known already */
export async function refuseEarlier(scene: Scene, declared: Historic, connection: Connection, counted: Readonly<Record<string, number>>): Promise<void> {
  const steps = [
    ...(counted['refused'] ?? 0) > 0 ? [findEarlier(scene, declared)] : [],
    ...(counted['reopened'] ?? 0) > 0 ? [findReopenedEarlier(scene, declared)] : [],
  ]
  for (const step of steps) {
    const rows = await connection.query(step)
    if (rows.length === 0) continue
    throw new DataError('a change takes effect before what is known already', {
      where: `${scene.stage.etl}, ${declared.effectiveFrom === undefined ? "the refresh's time" : `column ${declared.effectiveFrom}`}`,
      why: rows.map((row) => `${lookupWords(scene.lookup, row)}: ${valueWords(row['effective'])} is before ${valueWords(row['began'])}`).join('; '),
      wayOut: declared.effectiveFrom === undefined
        ? "the warehouse's clock is behind, or was ahead when that version began: set it right, and the times of versions from the future with it, or begin anew with --drop_tables"
        : 'let the source bring the latest state of each member, or begin anew with --drop_tables',
    })
  }
}

/** A table either has its history or none: half of it can't be made up. @throws {DataError} for half of it */
export function checkBookkeeping({ stage }: Scene): void {
  const lost = BOOKKEEPING.filter((name) => !liveHas(stage, name))
  if (stage.live === undefined || lost.length === 0 || lost.length === BOOKKEEPING.length) return
  throw new DataError(`the live table has no column ${lost.join(', ')}`, {
    where: `${stage.etl}, table ${stage.definition.table}`, why: 'it keeps history, and half of the bookkeeping is gone',
    wayOut: 'rename the column in the live table, or begin anew with --drop_tables',
  })
}
