/** A small star, loaded by the engine as any other, from sources that are functions of a generation's number. */

import { setImmediate as turn } from 'node:timers/promises'
import type { Row } from '../../engine/db/flow.ts'
import type { ValueType } from '../../engine/db/value-type.ts'
// Not from 'starline': a loader must come up fast, and needs no command line.
import { defineConfig } from '../../engine/define-config.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { scd2 } from '../../engine/dimension/scd2.ts'
import type { Config } from '../../engine/etl/registry.ts'
import { transaction } from '../../engine/fact/transaction.ts'
import { source as selected } from '../../engine/source/sql.ts'
import type { Source } from '../../engine/source/source.ts'
import { create } from '../../engine/sql/define-create.ts'
import { carelessly } from './careless.ts'
import type { Careless } from './careless.ts'
import { contentOf } from './content.ts'
import type { Content, Size } from './content.ts'

/** Which star is loaded, and into which warehouse. */
export interface StarSpec {
  readonly warehouse: string
  readonly seed: number
  readonly generation: number
  readonly size: Size
  /** Where the sources are read from, by SQL; else they are made in this process. */
  readonly source?: string
  /** The fact's rows are read in so many ranges. */
  readonly ranges?: number
  /** There are too many members for memory: the fact's rows land, and are joined there. */
  readonly landed?: boolean
  readonly publish?: Config['publish']
  /** A way to be wrong, to see that it is found out. */
  readonly careless?: Careless
  readonly deadlines?: { readonly connectSeconds?: number; readonly idleSeconds?: number }
}

/** The tables, in the order in which one run loads them. */
export const tables = ['shop_dim', 'item_dim', 'sale_fact'] as const
export type Table = typeof tables[number]

export const creates = {
  shop_dim: create(`
    CREATE TABLE shop_dim (
      shop_key  KEY,
      shop_id   INT          NOT NULL,
      name      VARCHAR(40)  NOT NULL,
      size      INT          NOT NULL,
      gen       INT          NOT NULL,
      UNIQUE (shop_id)
    )`),
  item_dim: create(`
    CREATE TABLE item_dim (
      item_key    KEY,
      item_id     INT          NOT NULL,
      label       VARCHAR(40)  NOT NULL,
      price       INT          NOT NULL,
      gen         INT          NOT NULL,
      valid_from  TIMESTAMP    NOT NULL,
      valid_to    TIMESTAMP,
      is_current  BOOLEAN      NOT NULL,
      KEY item_lookup (item_id)
    )`),
  sale_fact: create(`
    CREATE TABLE sale_fact (
      sale_id   INT     NOT NULL PRIMARY KEY,
      shop_key  INT     NOT NULL,
      item_key  INT     NOT NULL,
      gen       INT     NOT NULL,
      amount    BIGINT  NOT NULL,
      KEY sale_shop (shop_key),
      FOREIGN KEY (item_key) REFERENCES item_dim (item_key)
    )`),
}

const integer: ValueType = { kind: 'integer', min: -2_147_483_648n, max: 2_147_483_647n }
const text: ValueType = { kind: 'text', length: 40 }

/** Batches are small and come one turn of the event loop after the other, so that a kill finds the load half-way. */
const BATCH = 64

function given<const C extends string>(columns: readonly (readonly [name: C, type: ValueType])[], rows: () => readonly Row[]): Source<C> {
  async function* batches(): AsyncGenerator<readonly Row[]> {
    const all = rows()
    for (let i = 0; i < all.length; i += BATCH) {
      yield all.slice(i, i + BATCH)
      await turn()
    }
  }
  return {
    from: undefined, text: 'generated', columns: columns.map(([name]) => name),
    read: async () => ({ columns: columns.map(([name, type]) => ({ name, type })), rows: { form: 'batches', of: batches() } }),
  }
}

const shopSql = `
  SELECT s.shop_id AS shop_id,
         s.name    AS name,
         s.size    AS size,
         s.gen     AS gen
  FROM   src_shop AS s`

const itemSql = `
  SELECT i.item_id AS item_id,
         i.label   AS label,
         i.price   AS price,
         i.gen     AS gen
  FROM   src_item AS i`

const saleSql = `
  SELECT s.sale_id AS sale_id,
         s.shop_id AS shop_id,
         s.item_id AS item_id,
         s.gen     AS gen,
         s.amount  AS amount
  FROM   src_sale AS s`

/** A join goes by a type, and a file has none. */
const saleFileSql = `
  SELECT s.sale_id AS sale_id,
         CAST(s.shop_id AS INTEGER) AS shop_id,
         CAST(s.item_id AS INTEGER) AS item_id,
         s.gen     AS gen,
         s.amount  AS amount
  FROM   src_sale AS s`

/** Fewer than there are members. */
const FEW = 5

/** The star of one generation, as a configuration. Nothing is generated before a source is read. `tell` is told how the fact's rows came. */
export function starOf({ warehouse, seed, generation, size, source, ranges, landed, deadlines, careless, publish }: StarSpec, tell: (took: string) => void = () => {}): Config {
  let made: Content | undefined
  const content = (): Content => made ??= contentOf(seed, generation, size)
  // A file is of one generation alone; and the warehouse reads it by itself where no value is bound.
  const isFiles = source?.startsWith('files:') === true
  const binds = isFiles ? {} : { generation }
  const asked = <const S extends string>(sql: S): S => (isFiles ? sql : `${sql}\n  WHERE gen = :generation` as S)
  const split = ranges === undefined ? {} : { ranges: { by: 'sale_id' as const, count: ranges, ...source?.startsWith('postgres') !== true && { frozen: true as const } } }
  const careful = <C extends string>(rows: Source<C>): Source<C> => (careless === undefined || careless === 'guesses' ? rows : carelessly[careless](rows))
  const shop = scd1({
    source: source !== undefined ? careful(selected(asked(shopSql), { binds })) : given([['shop_id', integer], ['name', text], ['size', integer], ['gen', integer]],
      () => content().shops.map(({ id, name, size: width }) => [id, name, width, generation])),
    create: creates.shop_dim, key: 'shop_key', lookup: ['shop_id'],
  })
  const item = scd2({
    source: source !== undefined ? careful(selected(asked(itemSql), { binds })) : given([['item_id', integer], ['label', text], ['price', integer], ['gen', integer]],
      () => content().items.map(({ id, label, price }) => [id, label, price, generation])),
    create: creates.item_dim, key: 'item_key', lookup: ['item_id'], history: ['price'],
  })
  const kind = transaction({
    source: source !== undefined ? careful(selected(asked(isFiles ? saleFileSql : saleSql), { binds, ...split })) : given([['sale_id', integer], ['shop_id', integer], ['item_id', integer], ['gen', integer], ['amount', integer]],
      () => content().sales.map(({ id, shop: at, item: what, amount }) => [id, at, what, generation, amount])),
    create: creates.sale_fact,
    keys: { shop_key: { of: shop, by: 'shop_id' }, item_key: { of: item, by: 'item_id' } },
    total: 'amount',
  })
  const sale: typeof kind = {
    ...kind,
    load: (flow, target) => {
      let took = `${flow.rows.form}${'others' in flow && flow.others !== undefined ? ` in ${1 + flow.others.length}` : ''}`
      const log: typeof target.log = (message, fields) => {
        if (fields?.['event'] === 'landing') took += ', landed'
        target.log(message, fields)
      }
      return kind.load(flow, { ...target, log, ...landed === true && { mostMembers: target.mostMembers ?? FEW } }).finally(() => { tell(took) })
    },
  }
  // Sources that are made here ask no database, so the one that is named is never opened.
  return defineConfig({ source: source ?? 'files:.', warehouse, logs: false, ...deadlines && { deadlines }, ...publish && { publish }, dimensions: { shop, item }, facts: { sale } })
}
