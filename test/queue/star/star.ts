/** A small star for the queue's tests, whose sources can be told to wait, to stumble or to break. */

import { existsSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as yieldNow, setTimeout as pause } from 'node:timers/promises'
import { isMainThread } from 'node:worker_threads'
import type { Flow } from '../../../engine/db/flow.ts'
import { defineConfig } from '../../../engine/define-config.ts'
import { scd1 } from '../../../engine/dimension/scd1.ts'
import { DatabaseError, DataError } from '../../../engine/errors.ts'
import type { Config, PublishMode } from '../../../engine/etl/registry.ts'
import { transaction } from '../../../engine/fact/transaction.ts'
import type { Source } from '../../../engine/source/source.ts'
import { source } from '../../../engine/source/sql.ts'
import { create } from '../../../engine/sql/define-create.ts'

export interface StarPlaces {
  readonly source: string
  readonly warehouse: string
  readonly queue: string
  /** The folder of the logs, and of the files that tell the sources what to do. */
  readonly folder: string
  readonly publish?: PublishMode
  /** The queue that the fact waits in. */
  readonly factsQueue?: string
  /** How many may read the source at once. */
  readonly limit?: number
  /** The fact is read in three ranges, each of which can be told to wait in its middle: `part-1.closed`. */
  readonly ranged?: boolean
  /** A later version of the fact: it rejects what finds nobody. */
  readonly rejects?: boolean
  /** What becomes of a thread that puts the fact's last rows through a function: it `hangs`, `dies` or `exits`, and is `well` otherwise. */
  readonly inThread?: string
  /** How long an ETL may take. */
  readonly etlSeconds?: number
  /** So many dimensions that take their time at the source, instead of the star. */
  readonly slow?: number
}

/** The SQL that makes and fills the source's tables. */
export const sourceSql: readonly string[] = [
  'CREATE TABLE school (id INT PRIMARY KEY, name VARCHAR(60) NOT NULL, city VARCHAR(60))',
  "INSERT INTO school VALUES (1, 'Økonomi', 'Aarhus'), (2, 'École \u{1F393}', NULL), (3, 'Law', 'New York')",
  'CREATE TABLE product (id INT PRIMARY KEY, title VARCHAR(60) NOT NULL, price DECIMAL(8,2) NOT NULL)',
  "INSERT INTO product VALUES (10, 'Notes', 4.50), (11, 'A \"quoted\" one', 12.00), (12, 'Summary', 0.99), (13, 'Tabs\\tinside', 3.00)",
  'CREATE TABLE sale (id INT PRIMARY KEY, school_id INT, product_id INT, amount DECIMAL(8,2) NOT NULL)',
  'INSERT INTO sale SELECT seq, 1 + seq % 4, 10 + seq % 4, seq / 100 FROM seq_1_to_500',
]

/** What a load of it must come to. */
export const results = {
  dimensions: [['dimension', 'school', 3], ['dimension', 'product', 4]],
  facts: [['fact', 'sale', 500]],
} as const

export const tables = ['school_dim', 'product_dim', 'sale_fact'] as const

export function starOf({ source: from, warehouse, queue, folder, publish, factsQueue, limit, slow, ranged, rejects, inThread, etlSeconds }: StarPlaces): Config {
  const school = scd1({
    source: obedient(folder, 'school', source('SELECT s.id AS school_id,\n s.name AS name,\n s.city AS city\n FROM school AS s')),
    create: create('CREATE TABLE school_dim (\n school_key KEY,\n school_id INT NOT NULL,\n name VARCHAR(60) NOT NULL,\n city VARCHAR(60)\n)'),
    key: 'school_key', lookup: ['school_id'],
  })
  const product = scd1({
    source: obedient(folder, 'product', source('SELECT p.id AS product_id,\n p.title AS title,\n p.price AS price\n FROM product AS p')),
    create: create('CREATE TABLE product_dim (\n product_key KEY,\n product_id INT NOT NULL,\n title VARCHAR(60) NOT NULL,\n price DECIMAL(8,2)\n)'),
    key: 'product_key', lookup: ['product_id'],
  })
  const sales = source('SELECT s.id AS sale_id,\n s.school_id AS school_id,\n s.product_id AS product_id,\n s.amount AS amount\n FROM sale AS s', ranged ? { ranges: { by: 'sale_id', count: 3, frozen: true } } : {})
  const sale = transaction({
    source: ranged ? inParts(folder, sales, inThread !== undefined && inThread !== '') : obedient(folder, 'sale', sales),
    create: create('CREATE TABLE sale_fact (\n sale_id INT NOT NULL,\n school_key INT NOT NULL,\n product_key INT NOT NULL,\n amount DECIMAL(8,2) NOT NULL,\n PRIMARY KEY (sale_id)\n)'),
    keys: { school_key: { of: school, by: 'school_id', ...rejects && { onMissing: 'reject' } }, product_key: { of: product, by: 'product_id' } }, ...factsQueue && { queue: factsQueue }, ...inThread && { transform: (row: Sale) => withTrouble(row, inThread) },
  })
  return defineConfig({
    source: from, warehouse, queue, logs: join(folder, 'logs'),
    deadlines: { connectSeconds: 3, idleSeconds: 30, ...etlSeconds && { etlSeconds } }, ...publish && { publish }, ...limit && { limits: { default: limit } },
    ...slow ? { dimensions: slowOnes(slow), facts: {} } : { dimensions: { school, product }, facts: { sale } },
  })
}

/** Dimensions whose one row takes the source a while, under the name that its list of processes shows. */
const slowOnes = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`slow_${i + 1}`, scd1({
  source: source('SELECT s.id AS school_id FROM school AS s WHERE s.id = 1 AND SLEEP(0.4) = 0'),
  create: create<string>(`CREATE TABLE slow_${i + 1}_dim (\n slow_key KEY,\n school_id INT NOT NULL\n)`),
  key: 'slow_key', lookup: ['school_id'],
})]))

/** What a source can be told, by a file of this name in the folder: `school.closed`. */
export type Order = 'closed' | 'stumbles' | 'broken' | 'blocks' | 'drags'

const orderFile = (folder: string, name: string, order: string): string => join(folder, `${name}.${order}`)
export const tell = (folder: string, name: string, order: Order, text = ''): void => writeFileSync(orderFile(folder, name, order), text)
/** Takes it back; `reached`: forgets who was there. */
export const untell = (folder: string, name: string, order: Order | 'reached'): void => rmSync(orderFile(folder, name, order), { force: true })
/** Lets the worker that comes to this step first die there. */
export const makeDeadly = (folder: string, step: string): void => writeFileSync(orderFile(folder, step, 'deadly'), '')
/** Whether it is this process that must die at this step: one alone does. */
export function isDeadly(folder: string, step: string): boolean {
  try {
    unlinkSync(orderFile(folder, step, 'deadly'))
    return true
  } catch {
    return false
  }
}

/** The process that waits before a closed source, if one does. */
export function reachedBy(folder: string, name: string): number | undefined {
  const file = orderFile(folder, name, 'reached')
  // A file that is being written has nothing in it yet.
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) || undefined : undefined
}

/** A source that waits while it is closed, errs once where it stumbles, always where it is broken, blocks its whole process once, or has a statement that drags on. */
function obedient<S extends Source>(folder: string, name: string, inner: S): S {
  const is = (order: Order): boolean => existsSync(orderFile(folder, name, order))
  return {
    ...inner,
    async read(context) {
      while (is('closed')) {
        writeFileSync(orderFile(folder, name, 'reached'), String(process.pid))
        await pause(20, undefined, { signal: context.signal })
      }
      rmSync(orderFile(folder, name, 'reached'), { force: true })
      if (is('stumbles')) {
        untell(folder, name, 'stumbles')
        throw new DatabaseError('the source went away', { transient: true })
      }
      if (is('blocks')) {
        untell(folder, name, 'blocks')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000)
      }
      if (is('drags')) return source('SELECT s.id AS school_id, s.name AS name, s.city AS city FROM school AS s WHERE SLEEP(600) = 0').read(context)
      if (is('broken')) throw new DataError(`the source is broken: mysql://etl:${secretOf(folder, name)}@host`)
      return inner.read(context)
    },
  }
}

/** A source whose ranges wait in their middle while they are closed: their rows are under way, and nothing is committed. */
function inParts<S extends Source>(folder: string, inner: S, isBusy: boolean): S {
  const gated = (part: number, flow: Flow, signal: AbortSignal): Flow => ({ ...flow, rows: { ...flow.rows, of: waiting(`part-${part}`, flow.rows.of as AsyncIterable<never>, signal) } })
  async function* waiting<T>(name: string, batches: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
    yield* batches
    while (existsSync(orderFile(folder, name, 'closed')) && !signal.aborted) {
      writeFileSync(orderFile(folder, name, 'reached'), String(process.pid))
      if (isBusy) await compute(20)
      else await pause(20)
    }
    rmSync(orderFile(folder, name, 'reached'), { force: true })
  }
  return {
    ...inner,
    async read(context) {
      const { others = [], ...flow } = await inner.read(context)
      // Only looked at: nothing is loaded yet.
      if (context.limit !== undefined) return flow
      const { signal } = context
      return { ...gated(0, flow, signal), ...others.length > 0 && { others: others.map((part) => ({ ...part, open: async () => gated(part.terms.range, await part.open(), signal) })) } }
    },
    readRange: async (context, terms) => gated(terms.range, await inner.readRange!(context, terms), context.signal),
  }
}

/** Keeps its thread busy for so many milliseconds, as a heavy function of rows does between two batches. */
function compute(milliseconds: number): Promise<void> {
  for (const begun = performance.now(); performance.now() - begun < milliseconds;);
  return yieldNow()
}

type Sale = Readonly<Record<'sale_id' | 'school_id' | 'product_id' | 'amount', unknown>>

function withTrouble(row: Sale, trouble: string): Sale {
  if (isMainThread || Number(row.sale_id) < 400) return row
  if (trouble === 'dies') process.nextTick(() => { throw new Error('nobody catches this') })
  if (trouble === 'hangs') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  if (trouble === 'exits') process.exit()
  return row
}

/** What was written into the order, so that a test can plant a password in an error's text. */
const secretOf = (folder: string, name: string): string => readFileSync(orderFile(folder, name, 'broken'), 'utf8')
