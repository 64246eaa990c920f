/** What is loaded: sales, and who and what they point at. Made inside the database, by statements over whole sets, the same for the same seed. */

import { createHash } from 'node:crypto'
import type { Door } from './door.ts'
import type { Checked } from './checksum.ts'
import type { Words } from './words.ts'

export interface Column extends Checked {
  /** Its type as a create says it. */
  readonly type: string
  /** Its value in row `n`, where `draw(key)` is a whole number that looks random. */
  readonly value: (draw: (key: string) => string, words: Words) => string
}

/** Twelve columns: integers, decimals, an instant, texts, and two that may be NULL. Some texts have in them what a file must escape. */
export const SALE: readonly Column[] = [
  { name: 'sale_id', type: 'INT NOT NULL', form: 'integer', value: () => 'n' },
  { name: 'sold_at', type: 'TIMESTAMP NOT NULL', form: 'instant', value: (draw, words) => words.instantAfter(`${draw('sold')} % 31000000`) },
  { name: 'buyer_id', type: 'INT NOT NULL', form: 'integer', value: (draw) => `1 + ${draw('buyer')} % 10000` },
  { name: 'seller_id', type: 'INT NOT NULL', form: 'integer', value: (draw) => `1 + ${draw('seller')} % 1000` },
  { name: 'product_id', type: 'INT NOT NULL', form: 'integer', value: (draw) => `1 + ${draw('product')} % 5000` },
  { name: 'shop_id', type: 'INT NOT NULL', form: 'integer', value: (draw) => `1 + ${draw('shop')} % 100` },
  { name: 'quantity', type: 'INT NOT NULL', form: 'integer', value: (draw) => `1 + ${draw('quantity')} % 9` },
  { name: 'unit_price', type: 'DECIMAL(10,2) NOT NULL', form: 'decimal', value: (draw) => `CAST(${draw('price')} % 100000 AS DECIMAL(12,2)) * 0.01` },
  { name: 'discount', type: 'DECIMAL(8,2)', form: 'decimal', value: (draw) => `CASE WHEN n % 3 = 0 THEN NULL ELSE CAST(${draw('discount')} % 1000 AS DECIMAL(12,2)) * 0.01 END` },
  { name: 'amount', type: 'DECIMAL(12,2) NOT NULL', form: 'decimal', value: (draw) => `CAST(${draw('amount')} % 10000000 AS DECIMAL(12,2)) * 0.01` },
  { name: 'channel', type: 'VARCHAR(40) NOT NULL', form: 'text', value: (draw, words) => `CASE ${draw('channel')} % 4 WHEN 0 THEN 'web' WHEN 1 THEN 'shop' WHEN 2 THEN 'telephone order' ELSE ${words.joined(["'partner '", words.asText(`${draw('partner')} % 100`, 'integer')])} END` },
  { name: 'note', type: 'VARCHAR(40)', form: 'text', value: (draw, words) => `CASE WHEN n % 7 = 0 THEN NULL WHEN n % 101 = 0 THEN 'two\tcolumns, "quoted", caf\u00E9 \u{1F393}' WHEN n % 103 = 0 THEN '' ELSE ${words.joined(["'note '", words.asText(draw('note'), 'integer')])} END` },
]

/** Whom a sale points at. There are fewer buyers than the sales speak of. */
export const PARTIES: readonly { readonly name: string, readonly count: number, readonly columns: readonly Column[] }[] =
  ([['buyer', 9_990], ['seller', 1_000], ['product', 5_000], ['shop', 100]] as const).map(([name, count]) => ({
    name, count,
    columns: [
      { name: `${name}_id`, type: 'INT NOT NULL', form: 'integer', value: () => 'n' },
      { name: 'name', type: 'VARCHAR(40) NOT NULL', form: 'text', value: (draw, words) => words.joined([`'${name}'`, words.asText(draw('name'), 'integer')]) },
      { name: 'city', type: 'VARCHAR(40)', form: 'text', value: (draw, words) => words.joined(["'city'", words.asText(`${draw('city')} % 500`, 'integer')]) },
    ],
  }))

/** A member of a greater dimension. */
export const MEMBER: readonly Column[] = [
  { name: 'member_id', type: 'INT NOT NULL', form: 'integer', value: () => 'n' },
  { name: 'email', type: 'VARCHAR(60) NOT NULL', form: 'text', value: (_, words) => words.joined(["'member'", words.asText('n', 'integer'), "'@example.org'"]) },
  { name: 'name', type: 'VARCHAR(40) NOT NULL', form: 'text', value: (draw, words) => words.joined(["'José'", words.asText(draw('name'), 'integer')]) },
  { name: 'city', type: 'VARCHAR(40)', form: 'text', value: (draw, words) => `CASE WHEN n % 11 = 0 THEN NULL ELSE ${words.joined(["'city'", words.asText(`${draw('city')} % 500`, 'integer')])} END` },
  { name: 'segment', type: 'VARCHAR(20) NOT NULL', form: 'text', value: (draw, words) => words.joined(["'segment'", words.asText(`${draw('segment')} % 9`, 'integer')]) },
  { name: 'credit', type: 'DECIMAL(10,2) NOT NULL', form: 'decimal', value: (draw) => `CAST(${draw('credit')} % 1000000 AS DECIMAL(12,2)) * 0.01` },
  { name: 'joined_at', type: 'TIMESTAMP NOT NULL', form: 'instant', value: (draw, words) => words.instantAfter(`${draw('joined')} % 31000000`) },
]

export const columnsOf = (columns: readonly Column[]): string => columns.map(({ name }) => name).join(',')

/** The create of a table, in a database's own words. */
export const createOf = (table: string, columns: readonly Column[], key: string, words: Words): string =>
  `CREATE TABLE ${table} (${columns.map(({ name, type }) => `${name} ${type.replace('TIMESTAMP', words.instant)}`).join(', ')}, PRIMARY KEY (${key}))`

/** Makes and fills a table by one statement. */
export async function fill(door: Door, table: string, columns: readonly Column[], key: string, count: number, seed: number): Promise<void> {
  const { words } = door
  const draw = (name: string): string => drawn(`${name} ${seed}`)
  await door.do(
    createOf(table, columns, key, words),
    `INSERT INTO ${table} SELECT ${columns.map(({ value }) => value(draw, words)).join(', ')} FROM ${words.numbers(count)}`,
  )
}

/** The greatest prime below 2^32. */
const PRIME = 4_294_967_291

/** A number below `PRIME` for row `n`: n times a factor of the key's own, which is less than 2^31, so that it never leaves 64 bits. */
function drawn(key: string): string {
  const hash = createHash('md5').update(key).digest()
  return `((n * ${(hash.readUInt32BE(0) >>> 1) | 1} + ${hash.readUInt32BE(4)}) % ${PRIME})`
}
