import assert from 'node:assert/strict'
import { create, scd1, scd2, source, transaction } from '../../engine/index.ts'
import type { Dimension } from '../../engine/index.ts'
import { drawn } from '../helpers/drawn.ts'
import type { Warehouse } from '../helpers/warehouses.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'

const anything = source<Record<string, unknown>>('SELECT 1')
const beyond = '9007199254740993'

const factOf = (of: Dimension, asOf?: string) => transaction({
  source: anything, create: create<string>('CREATE TABLE deed_fact (deed_no INT NOT NULL, member_key BIGINT NOT NULL)'),
  keys: { member_key: { of, by: 'code', ...asOf !== undefined && { asOf } } },
})
const deedsAt = (time: string): string => `| deed_no INT | code INT | at TIMESTAMP |\n| 1 | 5 | ${time} |\n| 2 | 6 | ${time} |`
/** The keys that the deeds found, in their order. */
async function foundBy({ house }: Warehouse, fact: ReturnType<typeof factOf>, deeds: string): Promise<unknown[]> {
  await house().load(fact, drawn(deeds))
  return (await house().rows(fact)).toSorted((a, b) => Number(a['deed_no']) - Number(b['deed_no'])).map(({ member_key: key }) => Number(key))
}

onEveryWarehouse('a lookup that names two members of the live table', (warehouse) => {
  const { house, connection } = warehouse
  const item = scd1({ source: anything, create: create<string>('CREATE TABLE item_dim (item_key KEY, code INT)'), key: 'item_key', lookup: ['code'] })
  const price = scd2({
    source: anything, key: 'price_key', lookup: ['code'], history: ['price'],
    create: create<string>('CREATE TABLE price_dim (price_key KEY, code INT, price INT, valid_from TIMESTAMP NOT NULL, valid_to TIMESTAMP, is_current BOOLEAN NOT NULL)'),
  })

  it('ends the load of a fact that asks for it, and of no other', async () => {
    await house().load(item, drawn('| code INT |\n| 5 |\n| 6 |'))
    await connection().execute('INSERT INTO item_dim (item_key, code) VALUES (9, 5)')
    assert.deepEqual(await foundBy(warehouse, factOf(item), '| deed_no INT | code INT |\n| 1 | 6 |\n| 2 | 7 |'), [2, -1])
    await assert.rejects(house().load(factOf(item), drawn('| deed_no INT | code UNTYPED |\n| 1 | 6 |\n| 2 | 05 |')), {
      name: 'DataError', message: /table item_dim, lookup code: a lookup names several members\. code '05' has item_key (1 and 9|9 and 1)\. Way out: leave one of them/,
    })
  })

  it('ends it where both are valid at the time that is asked for, or current', async () => {
    await house().load(price, drawn('| code INT | price INT |\n| 5 | 1 |\n| 6 | 1 |'))
    await connection().execute("INSERT INTO price_dim (price_key, code, price, valid_from, valid_to, is_current) VALUES (9, 5, 2, TIMESTAMP '2020-01-01 00:00:00', NULL, TRUE)")
    assert.deepEqual(await foundBy(warehouse, factOf(price, 'at'), deedsAt('2019-12-31 23:59:59')), [1, 2])
    for (const load of [() => house().load(factOf(price, 'at'), drawn(deedsAt('2020-01-01 00:00:00'))), () => house().load(factOf(price), drawn('| deed_no INT | code INT |\n| 1 | 5 |'))]) {
      await assert.rejects(load(), /table price_dim, lookup code: a lookup names several members\. code 5 has price_key (1 and 9|9 and 1)/)
    }
  })
})

onEveryWarehouse('a key beyond 2^53', ({ house, connection }) => {
  it('is taken for no other, by the load of its dimension and of a fact', async () => {
    const item = scd1({ source: anything, create: create<string>('CREATE TABLE item_dim (item_key BIGINT NOT NULL PRIMARY KEY, code INT)'), key: 'item_key', lookup: ['code'] })
    const load = () => house().load(item, drawn('| code INT |\n| 5 |\n| 6 |'))
    await load()
    await connection().execute(`INSERT INTO item_dim (item_key, code) VALUES (${beyond}, 7)`)
    await assert.rejects(load(), /dimension item, table item_dim, column item_key: a key of the live table is beyond 2\^53/)
    await assert.rejects(house().load(factOf(item), drawn('| deed_no INT | code INT |\n| 1 | 7 |')), /table item_dim, column item_key: the key 9007199254740993 is beyond 2\^53/)
  })
})

onEveryWarehouse('a long key', ({ house, connection }) => {
  it('is told apart behind its first thousand characters, where the last row of each counts too', async () => {
    const page = scd1({
      source: anything, create: create<string>('CREATE TABLE page_dim (page_key KEY, address VARCHAR(2000), title VARCHAR(9), body VARCHAR(9))'),
      key: 'page_key', lookup: ['address'], duplicates: { keep: 'last', by: 'title' },
    })
    const long = 'x'.repeat(1500)
    const counts = await house().load(page, drawn(`| address | title | body |\n| ${long}a | 1 | old |\n| ${long}b | 2 | b |\n| ${long}a | 2 | new |\n| ${long}c | 1 | c |`))
    assert.equal(counts.rejected, 1)
    assert.deepEqual((await connection().query('SELECT body FROM page_dim WHERE page_key > 0 ORDER BY body')).map(({ body }) => body), ['b', 'c', 'new'])
  })
})

onEveryWarehouse('a key that ends with U+0000', ({ house, connection }) => {
  it('is told apart from one that ends before them, where the last row of each counts', async () => {
    const item = scd1({
      source: anything, create: create<string>('CREATE TABLE item_dim (item_key KEY, code VARCHAR(9), title INT)'), key: 'item_key', lookup: ['code'], duplicates: { keep: 'last', by: 'title' },
    })
    // Each of them comes between two that are equal where a sort takes all of them for one.
    // PostgreSQL has no such character, and tells others apart as well.
    const nil = connection().dialect.name === 'postgres' ? '\u0001' : '\0'
    const codes = Array.from({ length: 60 }, (_, i) => `a${nil.repeat(i % 3)}`)
    const counts = await house().load(item, { ...drawn('| code | title INT |'), rows: codes.map((code, i) => ({ code, title: i })) })
    assert.equal(counts.rejected, 57)
    assert.deepEqual((await connection().query('SELECT title FROM item_dim WHERE item_key > 0 ORDER BY title')).map(({ title }) => title), [57, 58, 59])
  })
})

/** A column's own collation, and which pairs of texts its UNIQUE takes for one. */
type Collation = readonly [column: string, one: readonly string[], made?: string]
const pairs: readonly (readonly [name: string, a: string, b: string])[] = [['case', 'a', 'A'], ['accent', 'a', 'á'], ['blank', 'a', 'a ']]
const collations: Readonly<Record<string, readonly Collation[]>> = {
  mysql: [
    ['VARCHAR(9) COLLATE utf8mb4_general_ci', ['case', 'accent', 'blank']],
    ['VARCHAR(9) COLLATE utf8mb4_bin', ['blank']],
    ['VARCHAR(9) COLLATE utf8mb4_nopad_bin', []],
    ['VARCHAR(9) COLLATE utf8mb4_general_nopad_ci', ['case', 'accent']],
  ],
  postgres: [['VARCHAR(9)', []], ['VARCHAR(9) COLLATE "C"', []], ['VARCHAR(9) COLLATE loose', ['case'], "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"]],
  duckdb: [['VARCHAR(9)', []], ['VARCHAR(9) COLLATE NOCASE', []], ['VARCHAR(9) COLLATE NOACCENT', []]],
}

const itemOf = (column: string) => scd1({ source: anything, create: create<string>(`CREATE TABLE item_dim (item_key KEY, code ${column}, note VARCHAR(9))`), key: 'item_key', lookup: ['code'] })
const rows = (...codes: readonly string[]) => ({ ...drawn('| code | note |'), rows: codes.map((code) => ({ code, note: 'x' })) })

onEveryWarehouse('texts that a collation takes for one', (warehouse) => {
  const { house, connection } = warehouse
  const shown = async (): Promise<unknown[]> => (await connection().query('SELECT item_key, code FROM item_dim WHERE item_key > 0 ORDER BY item_key')).map(({ code }) => code)
  const declared = (): readonly Collation[] => collations[connection().dialect.name] ?? []
  const make = async (made: string | undefined): Promise<void> => { if (made !== undefined) await connection().execute(made).catch((error: unknown) => assert.match(String(error), /already exists/)) }

  it('are members of their own, keep their keys, and are each found by itself', async () => {
    for (const [column, , made] of declared()) {
      await make(made)
      const others = pairs.map(([, , other]) => other)
      await house().load(itemOf(column), rows(...others))
      // Who comes now is another one than those who were there.
      await house().load(itemOf(column), rows('a'))
      await house().load(itemOf(column), rows('a', ...others))
      assert.deepEqual(await shown(), [...others, 'a'], column)
      const fact = factOf(itemOf(column))
      await house().load(fact, { ...drawn('| deed_no INT | code |'), rows: ['a', ...others, 'a?'].map((code, i) => ({ deed_no: i, code })) })
      const found = (await house().rows(fact)).toSorted((x, y) => Number(x['deed_no']) - Number(y['deed_no'])).map(({ member_key: key }) => Number(key))
      const keys = (await connection().query('SELECT item_key FROM item_dim WHERE item_key > 0 ORDER BY item_key')).map(({ item_key: key }) => Number(key))
      assert.deepEqual(found, [keys.at(-1), ...keys.slice(0, -1), -1], column)
      await connection().execute(connection().dialect.dropTable('item_dim'))
    }
  })

  it('are refused by name where the create says UNIQUE of them, in a dimension and in a fact\'s grain', async () => {
    for (const [column, one, made] of declared()) {
      await make(made)
      const grain = transaction({ source: anything, create: create<string>(`CREATE TABLE grain_fact (code ${column} NOT NULL, note VARCHAR(9), PRIMARY KEY (code))`), keys: {} })
      for (const [name, a, b] of pairs) {
        for (const [load, table] of [[() => house().load(itemOf(`${column} UNIQUE`), rows(a, b)), 'item_dim'], [() => house().load(grain, rows(a, b)), 'grain_fact']] as const) {
          if (one.includes(name)) await assert.rejects(load(), { name: 'DataError', message: new RegExp(`table ${table}: the table does not take the rows`) }, `${column}, ${name}, ${table}`)
          else {
            await load()
            const codes = await connection().query(`SELECT code FROM ${table}${table === 'item_dim' ? ' WHERE item_key > 0' : ''}`)
            assert.deepEqual(new Set(codes.map(({ code }) => code)), new Set([a, b]), `${column}, ${name}, ${table}`)
          }
          await connection().execute(connection().dialect.dropTable(table))
        }
      }
    }
  })

  it('are refused as one row where a fact\'s grain has them twice as they are, NULL or not', async () => {
    const grain = transaction({ source: anything, create: create<string>('CREATE TABLE grain_fact (code VARCHAR(9) NOT NULL, place INT NOT NULL, PRIMARY KEY (code, place))'), keys: {} })
    const load = (...places: readonly (number | null)[]) => house().load(grain, { ...drawn('| code | place INT |'), rows: places.map((place) => ({ code: 'a', place })) })
    await assert.rejects(load(1, 2, 1), /table grain_fact: the table does not take the rows/)
    await assert.rejects(load(1, null), /table grain_fact, column place: row 2 \(code 'a', place NULL\) brings a value that the table can't hold\. NULL in a column that allows none/)
    assert.deepEqual((await load(1, 2)).staged, 2)
  })
})
