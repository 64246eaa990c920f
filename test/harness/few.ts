/** Two dimensions of many members of which each generation changes a few, loaded by the engine as any other, and how a reader judges them. */

import { setTimeout as pause } from 'node:timers/promises'
import type { Connection } from '../../engine/db/connection.ts'
import type { Row } from '../../engine/db/flow.ts'
import type { ValueType } from '../../engine/db/value-type.ts'
import { defineConfig } from '../../engine/define-config.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { scd2 } from '../../engine/dimension/scd2.ts'
import type { Config } from '../../engine/etl/registry.ts'
import type { Source } from '../../engine/source/source.ts'
import { create } from '../../engine/sql/define-create.ts'
import { judgeError } from './judge.ts'
import type { Violation } from './judge.ts'
import type { Reader } from './reader.ts'

/** Members that are always there: more than are compared by a look at each of them. */
const MEMBERS = 400

/** Of those, the ones that each generation changes. All others are of generation 0. */
const CHANGED = 5

/** The numbers of the members that come are above this: one with each generation. */
export const COMING = 1000

/** The generations of which a reader may see one; where there was a rollback also the earlier one after the later one. */
export interface Range { readonly from: number; readonly to: number; readonly back?: boolean }

const creates = {
  plain: create(`
    CREATE TABLE plain_dim (
      plain_key  KEY,
      id         INT  NOT NULL,
      gen        INT  NOT NULL,
      UNIQUE (id)
    )`),
  historic: create(`
    CREATE TABLE historic_dim (
      historic_key  KEY,
      id            INT        NOT NULL,
      gen           INT        NOT NULL,
      label         INT        NOT NULL,
      valid_from    TIMESTAMP  NOT NULL,
      valid_to      TIMESTAMP,
      is_current    BOOLEAN    NOT NULL,
      UNIQUE (id, valid_from)
    )`),
}

export const fewTables = ['plain_dim', 'historic_dim'] as const

const integer: ValueType = { kind: 'integer', min: -2_147_483_648n, max: 2_147_483_647n }

function given<const C extends string>(columns: readonly C[], rows: readonly Row[]): Source<C> {
  async function* batches(): AsyncGenerator<readonly Row[]> { yield rows }
  return {
    from: undefined, text: 'generated', columns,
    read: async () => ({ columns: columns.map((name) => ({ name, type: integer })), rows: { form: 'batches', of: batches() } }),
  }
}

const numbered = (count: number, above = 0): number[] => Array.from({ length: count }, (_, i) => above + i + 1)

/** Members and their generations: the first of the constant ones have this one, those that come the one that they came with. */
const membersOf = (generation: number): readonly (readonly [id: number, gen: number])[] =>
  [...numbered(MEMBERS).map((id) => [id, id <= CHANGED ? generation : 0] as const), ...numbered(generation).map((gen) => [COMING + gen, gen] as const)]

/** One generation, as a configuration. */
export function fewOf({ warehouse, generation }: { readonly warehouse: string; readonly generation: number }): Config {
  const members = membersOf(generation)
  const plain = scd1({ source: given(['id', 'gen'], members), create: creates.plain, key: 'plain_key', lookup: ['id'] })
  const historic = scd2({ source: given(['id', 'gen', 'label'], members.map(([id, gen]) => [id, gen, gen])), create: creates.historic, key: 'historic_key', lookup: ['id'], history: ['gen'] })
  return defineConfig({ source: 'files:.', warehouse, logs: false, publish: 'each', dimensions: { plain, historic }, facts: {} })
}

/** All that one look at a table tells. */
interface Look {
  readonly total: number
  readonly members: number
  readonly current: number
  readonly low: number
  readonly high: number
  readonly own: number
  readonly still: number
  readonly came: number
  readonly latest: number
  readonly came_gens: number
  readonly versions: number
}

const count = (condition: string, value = '1'): string => `SUM(CASE WHEN ${condition} THEN ${value} ELSE 0 END)`

const lookSql = (table: typeof fewTables[number]): string => {
  const current = table === 'plain_dim' ? '1 = 1' : 'is_current'
  const key = table.replace('_dim', '_key')
  return `SELECT COUNT(*) AS total, COUNT(DISTINCT id) AS members, ${count(`${current} AND ${key} > 0`)} AS current,
    MIN(CASE WHEN ${key} > 0 AND id <= ${CHANGED} AND ${current} THEN gen END) AS low, MAX(CASE WHEN ${key} > 0 AND id <= ${CHANGED} AND ${current} THEN gen END) AS high,
    ${count(`${key} > 0 AND id <= ${CHANGED} AND ${current}`)} AS own, ${count(`${key} > 0 AND id > ${CHANGED} AND id <= ${MEMBERS} AND gen = 0 AND ${current}`)} AS still,
    ${count(`id > ${COMING}`)} AS came, ${count(`id > ${COMING}`, 'gen')} AS came_gens, MAX(CASE WHEN id > ${COMING} THEN id - ${COMING} ELSE 0 END) AS latest,
    ${count(`${key} > 0 AND id <= ${CHANGED}`)} AS versions
  FROM ${table}`
}

async function lookAt(session: Connection, table: typeof fewTables[number]): Promise<Look> {
  const [row = {}] = await session.query(lookSql(table))
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value ?? -1)])) as unknown as Look
}

/** The one generation that a look shows as a whole, or a word on what is wrong with it. */
function generationOf(look: Look, table: string): number | string {
  const { total, members, current, low, high, own, still, came, latest, came_gens: gens, versions } = look
  if (total === 0) return 'empty'
  if (low !== high) return 'mixed'
  const isWhole = own === CHANGED && still === MEMBERS - CHANGED && current === MEMBERS + low && members === MEMBERS + low + 1
    && came === low && latest === low && gens === low * (low + 1) / 2 && versions % CHANGED === 0 && versions >= CHANGED
    && (table === 'plain_dim' ? versions === CHANGED : true) && total === 1 + MEMBERS - CHANGED + versions + came
  return isWhole ? low : 'partial'
}

/** What a table shows to one who looks at it once. @throws {Error} where that is no generation */
export async function generationIn(session: Connection, table: typeof fewTables[number]): Promise<number> {
  const look = await lookAt(session, table)
  const is = generationOf(look, table)
  if (typeof is === 'string') throw new Error(`${table} is ${is}: ${JSON.stringify(look)}`)
  return is
}

const ENOUGH = 5

/** Polls both tables until it is stopped: each must be, whole, one of the generations that it may be. */
export function watchFew(session: Connection, may: () => Range, tell: (violation: Violation) => void, milliseconds = 3): Reader {
  let polls = 0
  let told = 0
  const life = new AbortController()
  const seen = new Map<string, number>()
  const end = poll()
  async function look(table: typeof fewTables[number]): Promise<Violation | undefined> {
    const before = may()
    try {
      const found = await lookAt(session, table)
      const is = generationOf(found, table)
      const now = may()
      if (typeof is === 'string') return { fault: is as Violation['fault'], text: `${table}: ${JSON.stringify(found)}` }
      if (is < Math.min(before.from, now.from) || is > Math.max(before.to, now.to)) return { fault: 'backwards', text: `${table}: generation ${is}, where it may be ${JSON.stringify([before, now])}` }
      const last = before.back === true || now.back === true ? 0 : seen.get(table) ?? 0
      seen.set(table, is)
      return is < last ? { fault: 'backwards', text: `${table}: generation ${is} after ${last}` } : undefined
    } catch (error) {
      return judgeError(error)
    }
  }
  async function poll(): Promise<void> {
    while (!life.signal.aborted) {
      for (const table of fewTables) {
        const violation = await look(table)
        if (violation !== undefined && (told += 1) <= ENOUGH) tell(violation)
      }
      polls += 1
      await pause(milliseconds)
    }
  }
  return {
    polls: () => polls,
    async stop() {
      if (life.signal.aborted) return
      life.abort()
      await end
      await session.close()
    },
  }
}
