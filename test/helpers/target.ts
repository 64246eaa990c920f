/**
 * Runs a kind's load by hand: a staging table, the load, the swap that makes it live. No ledger, no locks.
 *
 *     const house = houseOf(connection)
 *     const counts = await house.load(product, drawn(`…`), { at: '2024-01-01 00:00:00' })
 *     assertDrawn(await house.rows(product), drawn(`…`))
 */

import assert from 'node:assert/strict'
import type { Connection, TableDescription } from '../../engine/db/connection.ts'
import { isRead } from '../../engine/db/flow.ts'
import type { AnyFlow, Flow } from '../../engine/db/flow.ts'
import { badRowsOf } from '../../engine/etl/bad-rows.ts'
import type { Counts, Etl, PlanStep, Target } from '../../engine/etl/etl.ts'
import { declaredColumns } from '../../engine/etl/extract.ts'
import { columnsUnlike } from '../../engine/etl/live.ts'
import { RowsNeeded } from '../../engine/etl/rows-needed.ts'
import type { Drawn } from './drawn.ts'
import { flowOf } from './drawn-flow.ts'
import type { Path } from './paths.ts'

interface LoadOptions {
  /** The refresh's time. */
  readonly at?: string
  /** Rows in a batch of the flow. */
  readonly batch?: number
  /** What somebody does before the first statement that is like this. */
  readonly before?: readonly [RegExp, () => Promise<unknown>]
}

/** A warehouse with its kinds, without the protocol around them. */
export interface House {
  /** Loads a drawn table, or the kind's own source, and makes the result live. */
  load(etl: Etl, rows?: Drawn, options?: LoadOptions): Promise<Counts>
  /** What load would run now. */
  plan(etl: Etl): Promise<readonly PlanStep[]>
  /** The live table of a kind, in no order. */
  rows(etl: Etl): Promise<Record<string, unknown>[]>
  /** Every statement that loads have run. */
  readonly statements: readonly string[]
  /** How many loads went by the path that was asked for, to their end. */
  readonly wentBy: () => number
}

export function houseOf(connection: Connection, path: Path = { name: 'values' }): House {
  let wentBy = 0
  const statements: string[] = []
  const lastKeys = new Map<string, number>()
  let fence = 0

  async function target(etl: Etl, at: string, before?: LoadOptions['before']): Promise<Target> {
    const { dialect } = connection
    const definition = etl.create.definition(dialect.name)
    const live: TableDescription | undefined = await connection.describe(definition.table)
    const working = (letter: string): string => `${definition.table}__${letter}${fence}`
    return {
      etl: `${etl.type} ${definition.table.replace(/_(dim|fact)$/, '')}`,
      connection: recording(connection, statements, before), definition, columns: declaredColumns(definition, dialect), staging: working('r'),
      comment: 'made by a test', live: live && { table: live.table, columns: live.columns.map(({ name }) => name) },
      working, lastKey: lastKeys.get(definition.table) ?? 0, badRows: badRowsOf(etl, definition.table), refreshedAt: at, signal: new AbortController().signal, idleSeconds: 20,
      tableOf: async (dimension) => dimension.create.definition(dialect.name).table, onRows() {}, log() {},
      beside: () => Promise.reject(new Error('there is one session here')), ...path.more,
    }
  }

  /** As a run loads: rows that were to come otherwise, and of which some don't go in so, are read after all. */
  async function loaded(etl: Etl, aim: Target, otherwise: AnyFlow | undefined, asTold: () => Promise<Flow>): Promise<Counts> {
    let landed = false
    const log: Target['log'] = (_, fields) => { landed ||= fields?.['event'] === 'landing' }
    try {
      const counts = await etl.load(otherwise === undefined ? etl.transform(await asTold()) : isRead(otherwise) ? etl.transform(otherwise) : otherwise, { ...aim, log })
      wentBy += Number(path.name === 'lands' ? landed : otherwise !== undefined)
      return counts
    } catch (error) {
      if (!(error instanceof RowsNeeded)) throw error
      assert.deepEqual(await connection.query(`SELECT * FROM ${connection.dialect.quote(aim.staging)}`), [], 'staging is as it was before')
      return etl.load(etl.transform(await asTold()), { ...aim, again: true })
    }
  }

  return {
    statements, wentBy: () => wentBy,
    async load(etl, rows, { at = '2024-01-01 00:00:00.000000', batch = 2, before } = {}) {
      fence += 1
      const aim = await target(etl, at, before)
      const { dialect } = connection
      const isKeyless = etl.type === 'dimension'
      for (const sql of dialect[isKeyless ? 'createKeyless' : 'createTable'](aim.definition, aim.staging, 'made by a test')) await connection.execute(sql)
      const [known, made] = [await connection.describe(aim.definition.table), await connection.describe(aim.staging)]
      const live = aim.live && known && { ...aim.live, unlike: columnsUnlike(known, made) }
      const keys = isKeyless ? [...dialect.createKeys(aim.definition, aim.staging)] : []
      const makeKeys = async (): Promise<void> => { for (const sql of keys.splice(0)) await connection.execute(sql) }
      const asTold = async (): Promise<Flow> => (rows === undefined ? read(etl) : flowOf(rows, connection, batch))
      try {
        const counts = await loaded(etl, { ...aim, live, makeKeys }, await (rows && path.flow?.(etl, rows, { ...aim, connection })), asTold)
        await makeKeys()
        const [staged] = await connection.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${dialect.quote(aim.staging)}`)
        assert.equal(Number(staged?.n), counts.staged, 'staging holds what the load says')
        await publish(connection, aim)
        if (counts.lastKey !== undefined) lastKeys.set(aim.definition.table, counts.lastKey)
        return counts
      } finally {
        await path.end?.()
        for (const letter of ['r', 'i', 'm', 'o']) await connection.execute(dialect.dropTable(aim.working(letter)))
      }
    },
    async plan(etl) {
      const aim = await target(etl, '2024-01-01 00:00:00.000000')
      return etl.plan({ ...aim, dialect: connection.dialect })
    },
    rows: (etl) => connection.query(`SELECT * FROM ${connection.dialect.quote(etl.create.definition(connection.dialect.name).table)}`),
  }
}

async function publish(connection: Connection, target: Target): Promise<void> {
  const { definition, staging, live } = target
  const swap = () => connection.swap([{ live: definition.table, staging, old: live && target.working('o'), definition }])
  if (connection.dialect.transactionalDdl) await connection.transaction(swap)
  else await swap()
}

const connect = async (): Promise<never> => assert.fail('this kind asks no database')

async function read(etl: Etl): Promise<Flow> {
  return etl.source.read({ connect, binds: {}, idleSeconds: 20, signal: new AbortController().signal, onClose() {} })
}

const textOf = (statement: unknown): string =>
  typeof statement === 'object' && statement !== null && 'sql' in statement ? String(statement.sql) : String(statement)

/** The same session, whose statements are written down. */
function recording(connection: Connection, statements: string[], before?: LoadOptions['before']): Connection {
  let waits = before
  const noted = new Set<string | symbol>(['execute', 'query', 'stream'])
  return new Proxy(connection, {
    get(session, name) {
      const member: unknown = Reflect.get(session, name, session)
      if (typeof member !== 'function') return member
      return (...args: unknown[]): unknown => {
        const [statement] = args
        if (noted.has(name)) statements.push(textOf(statement))
        if (noted.has(name) && waits?.[0].test(textOf(statement))) {
          const [, first] = waits
          waits = undefined
          return first().then(() => Reflect.apply(member, session, args))
        }
        return Reflect.apply(member, session, args)
      }
    },
  })
}
