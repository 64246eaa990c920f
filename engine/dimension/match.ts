import type { Connection } from '../db/connection.ts'
import { DataError } from '../errors.ts'
import type { ColumnDefinition, TableDefinition } from '../sql/create.ts'
import { UNKNOWN_KEY } from './dimension.ts'
import type { FittedColumn } from '../etl/load.ts'
import { indexLanding, lookupWords } from './landing.ts'
import type { Scene, Step } from './scene.ts'
import { FEW_CHANGE, hasFewLanded, insertable, insertSelect, isTiny, liveHas, numbers, quoteIn, typeOf, unlessTiny } from './scene.ts'

/** `n.` is the landing's row, `o.` the live one, `m.` what ties them. */
export const landed = ({ stage }: Scene, name: string): string => `n.${stage.dialect.quote(name)}`
export const live = ({ stage }: Scene, name: string): string => `o.${stage.dialect.quote(name)}`

/** Exact and NULL-safe equality of one column, landing against live. */
export const same = (scene: Scene, name: string): string =>
  scene.stage.dialect.equal(landed(scene, name), live(scene, name), typeOf(scene.stage, name))

/** Whether a row of the landing is of the member of a live row: the lookups are the same. */
const isOf = (scene: Scene): string => scene.lookup.map((name) => {
  const { dialect, columns } = scene.stage
  const isFilled = columns.some((column) => column.name === name && !column.nullable)
  return dialect.same(landed(scene, name), live(scene, name), typeOf(scene.stage, name), isFilled)
}).join(' AND ')

/** Live versions with the rows that the source brings for them; `LEFT JOIN`: and those that it brings nothing for. */
export const liveAndLanded = (scene: Scene, join = scene.stage.dialect.joinInOrder): string => {
  const { stage, landing } = scene
  return `${stage.dialect.quote(stage.live?.table ?? '')} AS o\n${join} ${stage.dialect.quote(landing)} AS n ON ${isOf(scene)}`
}

/** The same for those in the match table: by the row's number, where the landing finds its rows by that. */
export function matchedVersions(scene: Scene): string {
  const { stage, match, landing, key, inOrder } = scene
  const quote = quoteIn(stage)
  const join = stage.dialect.joinInOrder
  return `${quote(match)} AS m
${join} ${quote(stage.live?.table ?? '')} AS o ON o.${quote(key)} = m.member
${join} ${quote(landing)} AS n ON ${inOrder ? `${isOf(scene)} AND ` : ''}n.row_no = m.landed`
}

/** Rows of the landing of whose member live has nothing. */
export const strangers = (scene: Scene): string => {
  const { stage, landing, key } = scene
  return `${stage.dialect.quote(landing)} AS n
WHERE NOT EXISTS (SELECT 1 FROM ${stage.dialect.quote(stage.live?.table ?? '')} AS o WHERE ${isOf(scene)} AND ${live(scene, key)} <> ${UNKNOWN_KEY})`
}

/** 1 where any of the columns differs. A column that live lacks differs where it brings something. */
export function differs(scene: Scene, names: readonly string[]): string {
  if (names.length === 0) return '0'
  const equal = names.map((name) => liveHas(scene.stage, name) ? same(scene, name) : `${landed(scene, name)} IS NULL`)
  return `CASE WHEN ${equal.join('\n             AND ')} THEN 0 ELSE 1 END`
}

/** The statements that make the match table: a row for each live version whose member the source brings. */
function createMatch({ stage, match }: Scene): Step[] {
  return stage.dialect.createTable(matchDefinition(match), match, stage.comment).map((sql) => ({ title: 'make the match table', sql }))
}

/** The landing's row is looked up by its number later on, and what becomes of it is read from the index alone. */
function indexMatch({ stage, match }: Scene): Step[] {
  return stage.dialect.createIndexes(matchDefinition(match), match).map((sql) => ({ title: `index the match table, ${unlessTiny}`, sql }))
}

/** The landing's index, where it was left out and the live table has many rows; what is matched; and its index, unless both are small. */
export const stepsToMatch = (scene: Scene, columns: readonly FittedColumn[], fill: Step): Step[] => [
  ...hasFewLanded(scene) && !isTiny(scene) ? indexLanding(scene, columns) : [], ...createMatch(scene), fill, ...isTiny(scene) || scene.onlyChanged === true ? [] : indexMatch(scene),
]

/**
 * Ties live versions to the landing's rows: scans live and looks the landing up by its order or its index, the only one
 * that compares exactly on every database. The unknown member is nobody's match.
 */
export function fillMatch(scene: Scene, action: string, changed: string): Step {
  const { stage, match, key, onlyChanged = false, inOnePass = false } = scene
  const ofLanded = (value: string): string => inOnePass ? `CASE WHEN n.row_no IS NULL THEN 0 ELSE ${value} END` : value
  const rows = `SELECT ${live(scene, key)} AS member, n.row_no AS landed, ${action} AS action, ${ofLanded(changed)} AS differs
FROM ${liveAndLanded(scene, inOnePass ? 'LEFT JOIN' : undefined)}
WHERE ${live(scene, key)} <> ${UNKNOWN_KEY}`
  return {
    // A plan shows all of them, as few rows are matched; of many that stand in the live table as they come, those that change.
    title: 'match the live members with the source',
    sql: `INSERT INTO ${stage.dialect.quote(match)} (member, landed, action, differs)
${onlyChanged ? `SELECT member, landed, action, differs FROM (\n${rows}\n) AS m WHERE ${CHANGES}${inOnePass ? ` OR ${DEPARTED}` : ''}` : rows}`,
  }
}

/** A version whose row becomes another one. An action is 0 where nothing happens, and NULL where nothing can. */
const CHANGES = '(m.differs = 1 OR m.action <> 0)'

/** A member's one version that nothing became of, since the source no longer brings it: written down where who is known is told by that. */
const DEPARTED = '(m.landed IS NULL AND m.action IS NOT NULL)'

/** A matched version whose row is made anew: where live's rows can't stay as they are, each of them. */
const isRewritten = ({ unlike }: Scene): string => unlike?.length === 0 ? CHANGES : '1 = 1'

/** Matched versions whose rows are made anew. */
export const rewritten = (scene: Scene): string => `${matchedVersions(scene)}\nWHERE ${isRewritten(scene)}`

/** How many they are, by the match table alone. */
export const countRewritten = (scene: Scene): Step => (
  { title: 'count the rows that change', sql: `SELECT COUNT(*) AS rewritten FROM ${scene.stage.dialect.quote(scene.match)} AS m WHERE m.landed IS NOT NULL AND ${isRewritten(scene)}` })

/** Copies the live rows that stay as they are, those of members that the source no longer brings among them; columns that live lacks come as NULL or their default. */
export function copyStaying(scene: Scene, own: (name: string) => string): Step {
  const { stage, match, key, unlike, isAsItWas = false } = scene
  const quote = quoteIn(stage)
  const join = isAsItWas ? '' : `\nLEFT JOIN ${quote(match)} AS m ON m.member = ${live(scene, key)} AND ${isRewritten(scene)}`
  const expressions = new Map(insertable(stage).map(({ name }) => [name, own(name)]))
  const unless = stage.mayChangeInPlace === true ? `, unless at most ${FEW_CHANGE} % of them change or come: then the live table itself is changed` : ''
  return insertSelect(scene, `${unlike?.length === 0 ? 'keep the members that are as they were or left the source' : 'keep the members that left the source'}${unless}`, expressions,
    `${quote(stage.live?.table ?? '')} AS o${join}
WHERE ${isAsItWas ? '' : 'm.member IS NULL AND '}${live(scene, key)} <> ${UNKNOWN_KEY}`)
}

/** A column of a live row; where live lacks it, its default. */
export function liveOrDefault(scene: Scene, name: string): string {
  if (liveHas(scene.stage, name)) return live(scene, name)
  return scene.stage.definition.columns.find((column) => column.name === name)?.default ?? 'NULL'
}

/** How many live members the source no longer brings, and one of them. */
function countDeparted(scene: Scene): Step {
  const { stage, match, key } = scene
  const quote = quoteIn(stage)
  return {
    title: 'count the members that left the source',
    sql: `SELECT COUNT(*) AS departed, MIN(${live(scene, key)}) AS sample
FROM ${quote(stage.live?.table ?? '')} AS o LEFT JOIN ${quote(match)} AS m ON m.member = ${live(scene, key)}
WHERE m.landed IS NULL AND ${live(scene, key)} <> ${UNKNOWN_KEY}`,
  }
}

/** Columns of the create that live lacks and that must not be NULL: a member that left the source has nothing for them. */
function unfillable(scene: Scene): readonly string[] {
  const { stage, key } = scene
  return insertable(stage).filter(({ name, nullable }) => {
    const column = stage.definition.columns.find((each) => each.name === name)
    return name !== key && !nullable && !liveHas(stage, name) && column?.default === undefined
  }).map(({ name }) => name)
}

/** @throws {DataError} where the create has grown by a column that members who left the source can't fill */
export async function checkGrown(scene: Scene, connection: Connection, filled: readonly string[]): Promise<void> {
  const columns = unfillable(scene).filter((name) => !filled.includes(name))
  if (columns.length === 0) return
  const { departed = 0, sample } = await numbers(connection, countDeparted(scene))
  if (departed === 0) return
  throw new DataError(`${departed} ${departed === 1 ? 'member that left' : 'members that left'} the source can't fill a new column`, {
    where: `${scene.stage.etl}, table ${scene.stage.definition.table}, column ${columns.join(', ')}`,
    why: `the create has grown, the column is NOT NULL, and there is nothing to fill it with for ${scene.key} ${sample}`,
    wayOut: 'give the column a DEFAULT in the create, or let it be NULL',
  })
}

/** What the live table must have so that its members can be known again. @throws {DataError} where it hasn't */
export function checkLive({ stage, key, lookup }: Scene): void {
  const lost = [key, ...lookup].filter((name) => stage.live !== undefined && !liveHas(stage, name))
  if (lost.length === 0) return
  throw new DataError(`the live table has no column ${lost.join(', ')}`, {
    where: `${stage.etl}, table ${stage.definition.table}`, why: 'without it no member can be known again, and every key would change',
    wayOut: 'rename the column in the live table as in the create, or begin anew with --drop_tables',
  })
}

/** Landing rows that more than one live version claims where only one may: up to three. */
function findDoubled(scene: Scene): Step {
  const { stage, lookup } = scene
  const quote = quoteIn(stage)
  const names = lookup.map((name) => `n.${quote(name)}`).join(', ')
  return {
    title: 'find lookups that several live members share',
    sql: `SELECT ${names}, MIN(m.member) AS first_key, MAX(m.member) AS last_key
FROM ${matchedVersions(scene)}
WHERE m.action IS NOT NULL
GROUP BY n.row_no, ${names}
HAVING COUNT(*) > 1
ORDER BY n.row_no
LIMIT 3`,
  }
}

/** @throws {DataError} with the members that share a lookup */
export async function refuseDoubled(scene: Scene, connection: Connection): Promise<never> {
  const rows = await connection.query(findDoubled(scene))
  throw new DataError('the live table has several current members of one lookup', {
    where: `${scene.stage.etl}, table ${scene.stage.definition.table}`,
    why: rows.map((row) => `${lookupWords(scene.lookup, row)} has ${scene.key} ${Number(row['first_key'])} and ${Number(row['last_key'])}`).join('; '),
    wayOut: 'leave one of them in the live table, or begin anew with --drop_tables',
  })
}

function matchDefinition(name: string): TableDefinition {
  return {
    table: name, columns: [column('member', 'BIGINT', false), column('landed', 'BIGINT', true), column('action', 'INT', true), column('differs', 'INT', false)],
    primaryKey: ['member'], uniques: [], checks: [], foreignKeys: [], options: '', comment: undefined,
    indexes: [{ kind: 'plain', name: undefined, columns: ['landed', 'action', 'differs'], sql: 'landed, action, differs', options: '' }],
  }
}

const column = (name: string, type: string, nullable: boolean): ColumnDefinition =>
  ({ name, type, nullable, default: undefined, comment: undefined, generated: false, rest: '' })
