/** What the warehouse must hold after a history of published generations, worked out without any database. */

import { NOBODY } from './content.ts'
import type { Content, Item, Sale, Shop } from './content.ts'

interface Known<T> { readonly member: T; readonly generation: number }

/** The star after the generations of its path were published, in that order. */
export interface State {
  readonly path: readonly number[]
  readonly shops: ReadonlyMap<number, Known<Shop>>
  /** An item, and the prices of its versions: the last one is current. */
  readonly items: ReadonlyMap<number, Known<Item> & { readonly prices: readonly number[] }>
  readonly sales: readonly Sale[]
}

export const nothing: State = { path: [], shops: new Map(), items: new Map(), sales: [] }

/** Publishes one more generation. Members that left stay as they were. */
export function after(state: State, { generation, shops, items, sales }: Content): State {
  const nextShops = new Map(state.shops)
  for (const member of shops) nextShops.set(member.id, { member, generation })
  const nextItems = new Map(state.items)
  for (const member of items) {
    const prices = nextItems.get(member.id)?.prices ?? []
    nextItems.set(member.id, { member, generation, prices: prices.at(-1) === member.price ? prices : [...prices, member.price] })
  }
  return { path: [...state.path, generation], shops: nextShops, items: nextItems, sales }
}

/** What one query of a reader sees of the star: sums that hang on every table, and on how they join. */
export interface Reading {
  readonly sales: number
  readonly amount: number
  readonly oldest: number
  readonly newest: number
  /** Rows of the fact whose key is in no dimension. */
  readonly astray: number
  /** Rows of the fact whose shop or item is of another generation. */
  readonly mixed: number
  readonly shop_weight: number
  readonly item_weight: number
  readonly shops: number
  readonly shop_gens: number
  readonly items: number
  readonly item_gens: number
  readonly currents: number
}

/** The reader's query: one statement that joins the fact with both dimensions and looks at each table as a whole. */
export const readingSql = `
  SELECT COUNT(*) AS sales, SUM(f.amount) AS amount, MIN(f.gen) AS oldest, MAX(f.gen) AS newest,
         SUM(CASE WHEN s.shop_key IS NULL OR i.item_key IS NULL THEN 1 ELSE 0 END) AS astray,
         SUM(CASE WHEN (s.shop_key > 0 AND s.gen <> f.gen) OR (i.item_key > 0 AND i.gen <> f.gen) THEN 1 ELSE 0 END) AS mixed,
         SUM(f.amount * s.size) AS shop_weight, SUM(f.amount * i.price) AS item_weight,
         (SELECT COUNT(*) FROM shop_dim) AS shops, (SELECT SUM(gen) FROM shop_dim) AS shop_gens,
         (SELECT COUNT(*) FROM item_dim) AS items, (SELECT SUM(gen) FROM item_dim) AS item_gens,
         (SELECT SUM(CASE WHEN is_current THEN 1 ELSE 0 END) FROM item_dim) AS currents
  FROM sale_fact AS f
  LEFT JOIN shop_dim AS s ON s.shop_key = f.shop_key
  LEFT JOIN item_dim AS i ON i.item_key = f.item_key`

const sum = <T>(of: Iterable<T>, value: (one: T) => number): number => [...of].reduce((total, one) => total + value(one), 0)

/** What a reader must see of a state. The unknown members count as members, of generation 0. */
export function readingOf({ path, shops, items, sales }: State): Reading {
  const generation = path.at(-1) ?? 0
  return {
    sales: sales.length, amount: sum(sales, ({ amount }) => amount), oldest: generation, newest: generation, astray: 0, mixed: 0,
    shop_weight: sum(sales, ({ amount, shop }) => amount * (shop === NOBODY ? 0 : shops.get(shop)?.member.size ?? NaN)),
    item_weight: sum(sales, ({ amount, item }) => amount * (item === NOBODY ? 0 : items.get(item)?.prices.at(-1) ?? NaN)),
    shops: shops.size + 1, shop_gens: sum(shops.values(), (shop) => shop.generation),
    items: sum(items.values(), ({ prices }) => prices.length) + 1,
    item_gens: sum(items.values(), (item) => item.generation * item.prices.length), currents: items.size + 1,
  }
}

export const signatureOf = (reading: Reading): string => JSON.stringify(Object.values(reading))
