/** The sources as tables of a database, or as files: for loads that don't make their rows by themselves. */

import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Row } from '../../engine/db/flow.ts'
import { openDatabase } from '../../engine/db/open.ts'
import type { ValueType } from '../../engine/db/value-type.ts'
import type { Content } from './content.ts'

export interface SourceTables {
  /** Brings one generation in, and takes older ones out. */
  fill(content: Content): Promise<void>
  close(): Promise<void>
}

const integer: ValueType = { kind: 'integer', min: -2_147_483_648n, max: 2_147_483_647n }
const text: ValueType = { kind: 'text', length: 40 }

const columns: Readonly<Record<string, Readonly<Record<string, ValueType>>>> = {
  src_shop: { shop_id: integer, name: text, size: integer, gen: integer },
  src_item: { item_id: integer, label: text, price: integer, gen: integer },
  src_sale: { sale_id: integer, shop_id: integer, item_id: integer, gen: integer, amount: integer },
}

const rowsOf = ({ generation, shops, items, sales }: Content): Readonly<Record<string, readonly Row[]>> => ({
  src_shop: shops.map(({ id, name, size }) => [id, name, size, generation]),
  src_item: items.map(({ id, label, price }) => [id, label, price, generation]),
  src_sale: sales.map(({ id, shop, item, amount }) => [id, shop, item, generation, amount]),
})

export async function openSourceTables(url: string): Promise<SourceTables> {
  const database = await openDatabase(url)
  const session = await database.connect()
  for (const [table, types] of Object.entries(columns)) {
    const lines = Object.entries(types).map(([name, { kind }]) => `${name} ${kind === 'text' ? 'VARCHAR(40)' : 'INT'} NOT NULL`)
    await session.execute(`CREATE TABLE ${table} (${lines.join(', ')})`)
  }
  let filled = 0
  return {
    async fill(content) {
      if (content.generation === filled) return
      for (const [table, rows] of Object.entries(rowsOf(content))) {
        await session.execute(`DELETE FROM ${table}`)
        await session.load({ table, columns: Object.entries(columns[table] ?? {}).map(([name, type]) => ({ name, type })) }, (async function* batches() { yield rows })())
      }
      filled = content.generation
    },
    async close() {
      await session.close()
      await database.close()
    },
  }
}

/** The same as CSV files, each of which is there as a whole or not at all. */
export function openSourceFiles(folder: string): SourceTables {
  let filled = 0
  const fill = (content: Content): void => {
    if (content.generation === filled) return
    for (const [table, rows] of Object.entries(rowsOf(content))) {
      const lines = [Object.keys(columns[table] ?? {}), ...rows].map((row) => row.map(field).join(','))
      const aside = join(folder, `${table}.new`)
      writeFileSync(aside, `${lines.join('\n')}\n`)
      renameSync(aside, join(folder, `${table}.csv`))
    }
    filled = content.generation
  }
  return { fill: async (content) => { fill(content) }, close: async () => {} }
}

const field = (value: Row[number]): string => (typeof value === 'string' && /["\n,]/.test(value) ? `"${value.replaceAll('"', '""')}"` : String(value))
