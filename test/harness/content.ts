/** What the sources bring in each generation: a function of the seed and the generation's number alone. */

import { mixed } from './chance.ts'

export interface Shop { readonly id: number; readonly name: string; readonly size: number }
export interface Item { readonly id: number; readonly label: string; readonly price: number }
/** A shop or an item of 0 is one that nobody knows: the fact points at the unknown member. */
export interface Sale { readonly id: number; readonly shop: number; readonly item: number; readonly amount: number }

/** One generation of the sources. All its rows carry its number. */
export interface Content {
  readonly generation: number
  readonly shops: readonly Shop[]
  readonly items: readonly Item[]
  readonly sales: readonly Sale[]
}

export interface Size { readonly shops: number; readonly items: number; readonly sales: number }

export const small: Size = { shops: 20, items: 40, sales: 300 }

/** A natural key that no dimension ever has. */
export const NOBODY = 999_999

/** Members come, go and return; shops change without history; prices change with one; sales are all new. */
export function contentOf(seed: number, generation: number, size: Size = small): Content {
  const there = (kind: number, id: number): boolean => mixed(8, seed, kind, id, generation) > 0
  const ids = (count: number, kind: number): number[] => Array.from({ length: count }, (_, i) => i + 1).filter((id) => there(kind, id))
  const shops = ids(size.shops + Math.floor(generation / 3), 1)
    .map((id) => ({ id, name: `Shop ${id} № ${generation}`, size: 1 + mixed(90, seed, 2, id, generation) }))
  const items = ids(size.items + Math.floor(generation / 4), 3)
    .map((id) => ({ id, label: `'${id}' of\t${generation} 🎓`, price: 1 + mixed(50, seed, 4, id, Math.floor((generation + id) / 8)) }))
  const count = size.sales + mixed(1 + Math.floor(size.sales / 4), seed, 5, generation)
  const one = (members: readonly { id: number }[], kind: number, sale: number): number =>
    (mixed(25, seed, kind, sale, generation) === 0 ? NOBODY : members[mixed(members.length, seed, kind + 1, sale, generation)]?.id ?? NOBODY)
  const sales = Array.from({ length: count }, (_, i) => ({
    id: i + 1, shop: one(shops, 6, i), item: one(items, 8, i), amount: 1 + mixed(1000, seed, 10, i, generation),
  }))
  return { generation, shops, items, sales }
}
