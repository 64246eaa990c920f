import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Config } from 'starline'
import { entriesOf } from '../../engine/etl/registry.ts'
import type { Entry } from '../../engine/etl/registry.ts'
import type { RefreshReport } from '../../engine/etl/run-all.ts'
import { loadAll, resultsOf } from '../helpers/refresh.ts'
import { freshDatabase } from '../helpers/servers/index.ts'
import { withConnection } from '../helpers/servers/mariadb.ts'
import { needsSharedData } from '../helpers/shared-data.ts'
import { textRows } from '../helpers/text-rows.ts'
import type { TextRow } from '../helpers/text-rows.ts'
import { loadDump } from './load-dump.ts'
import sakila from './sakila/config.ts'
import { notInThisStar, sameInBoth, starQueries } from './sakila-queries.ts'

interface Expected {
  tables: Record<string, { rows: number, columns: Record<string, { sum?: string | null, sum_bytes?: string, xor_crc32?: string }> }>
  checks: Record<string, { rows: TextRow[] }>
}

/** What the star's tables are called, in both warehouses. */
const entries = entriesOf(sakila)
const tableOf = ({ etl }: Entry): string => etl.create.definition().table
const fromSource = entries.filter(({ name }) => name !== 'date')

const tuples = [
  ['dimension', 'date', 730],
  ['dimension', 'customer', 599],
  ['dimension', 'film', 1000],
  ['dimension', 'store', 2],
  ['dimension', 'staff', 2],
  ['fact', 'rental', 16_044],
  ['fact', 'payment', 16_049],
]

/** Rows that point at the unknown member: discs that are still out, and payments for no rental. */
const unknown: Readonly<Record<string, number>> = { 'rental.return_date_key': 183, 'payment.film_key': 5, 'payment.store_key': 5 }

describe('the Sakila star', () => {
  let expected: Expected
  let source: string
  const folder = mkdtempSync(join(tmpdir(), 'starline-sakila-'))
  after(() => { rmSync(folder, { recursive: true }) })

  before(async function () {
    const read: Expected = JSON.parse(readFileSync(needsSharedData(this, 'sakila/expected.json'), 'utf8'))
    expected = read
    source = (await freshDatabase('sakila')).url
    await loadDump(source, ...['schema', 'data'].map((part) => needsSharedData(this, `sakila/sakila-mysql-${part}.sql.gz`)))
  })

  it('begins with a source whose tables have the rows and sums that are expected', async () => {
    for (const [table, { rows, columns }] of Object.entries(expected.tables)) {
      const sums = Object.entries(columns).filter(([, { sum }]) => sum !== undefined)
      const asked = ['COUNT(*)', ...sums.map(([name]) => `SUM("${name}")`)]
      assert.deepEqual(await textRows(source, `SELECT ${asked.join(', ')} FROM "${table}"`), [[String(rows), ...sums.map(([, { sum }]) => sum)]], table)
    }
  })

  it('is asked every check there is, but for those about actors', () => {
    assert.deepEqual([...Object.keys(starQueries), ...notInThisStar].toSorted(), Object.keys(expected.checks).toSorted())
  })

  const stars = new Map<string, Config>()
  const configOf = (name: string): Config => stars.get(name) ?? assert.fail(`${name} is not loaded`)

  for (const [name, warehouseUrl] of [
    ['MariaDB', async () => (await freshDatabase('sakila_star')).url],
    ['DuckDB', () => `duckdb:${join(folder, 'sakila.duckdb')}`],
  ] as const) {
    describe(`from MariaDB to ${name}`, () => {
      let config: Config
      let first: RefreshReport
      const ask = (sql: string): Promise<TextRow[]> => textRows(config.warehouse, sql)

      before(async () => {
        config = { ...sakila, source, warehouse: await warehouseUrl() }
        stars.set(name, config)
        first = await loadAll(config)
      })

      it('gives a tuple for each dimension and fact', () => {
        assert.deepEqual(resultsOf(first), tuples)
      })

      it('has a row for each of the source, and the unknown members beside them', async () => {
        for (const [type, etl, rows] of tuples) {
          const special = type === 'dimension' ? 1 : 0
          assert.deepEqual(await ask(`SELECT COUNT(*) FROM ${etl}_${type === 'dimension' ? 'dim' : 'fact'}`), [[String(Number(rows) + special)]], String(etl))
        }
      })

      it('reports the total of all payments, to the cent', async () => {
        const { rows, columns } = expected.tables['payment'] ?? assert.fail()
        assert.deepEqual(await ask('SELECT COUNT(*), SUM(amount) FROM payment_fact'), [[String(rows), columns['amount']?.sum]])
        assert.deepEqual(countsOf(first, 'payment').total, { column: 'amount', value: '67416.51' })
        assert.equal(columns['amount']?.sum, '67416.51')
      })

      for (const [check, sql] of Object.entries(starQueries)) {
        it(`has the figures of ${check.replaceAll('_', ' ')}`, async () => {
          assert.deepEqual(await ask(sql), expected.checks[check]?.rows)
        })
      }

      for (const [question, asked] of Object.entries(sameInBoth)) {
        it(`agrees with its source about ${question}`, async () => {
          assertSameRows(await ask(asked.star), await textRows(source, asked.source))
        })
      }

      for (const entry of fromSource) {
        it(`holds in ${tableOf(entry)} what the source brings, value by value`, async () => {
          const names = broughtBy(entry)
          assertSameRows(await ask(`SELECT ${names} FROM ${tableOf(entry)}${withoutUnknown(entry)}`),
            await textRows(source, `SELECT ${names} FROM (${entry.etl.source.text}) AS asked`))
        })
      }

      it('carries a picture byte by byte', async () => {
        const { sum_bytes: size, xor_crc32: checksum } = expected.tables['staff']?.columns['picture'] ?? assert.fail()
        const pictures = await ask('SELECT HEX(picture) FROM staff_dim WHERE picture IS NOT NULL')
        const bytes = pictures.map(([hex]) => Buffer.from(hex ?? '', 'hex'))
        assert.deepEqual(bytes.map((picture) => [String(picture.length), String(crc32(picture))]), [[size, checksum]])
      })

      it('points with every key at a member, and at the unknown one only where there is none', async () => {
        for (const entry of entries) {
          for (const [column, dimension] of Object.entries(entry.etl.uses)) {
            const key = dimension.create.definition().primaryKey[0]
            const rows = await ask(`
              SELECT SUM(CASE WHEN d.${key} IS NULL THEN 1 ELSE 0 END), SUM(CASE WHEN f.${column} = -1 THEN 1 ELSE 0 END)
              FROM ${tableOf(entry)} AS f LEFT JOIN ${dimension.create.definition().table} AS d ON d.${key} = f.${column}`)
            assert.deepEqual(rows, [['0', String(unknown[`${entry.name}.${column}`] ?? 0)]], `${entry.name}.${column}`)
          }
        }
      })

      it('counts in its report whose members were not found', () => {
        const counted = ['rental', 'payment'].flatMap((fact) => Object.entries(countsOf(first, fact).notFound ?? {})
          .filter(([, rows]) => rows > 0).map(([column, rows]) => [`${fact}.${column}`, rows]))
        assert.deepEqual(Object.fromEntries(counted), unknown)
      })

      it('is the same after a second run, key by key, and says that nothing changed', async () => {
        const before = await wholeStar(ask)
        const second = await loadAll(config)
        assert.deepEqual(resultsOf(second), tuples)
        for (const { name: etl } of entries.filter(({ type }) => type === 'dimension')) {
          const { read, unchanged, overwritten = 0, newMembers = 0, newVersions = 0 } = countsOf(second, etl)
          assert.deepEqual({ etl, unchanged, overwritten, newMembers, newVersions }, { etl, unchanged: read, overwritten: 0, newMembers: 0, newVersions: 0 })
        }
        assertSameRows(await wholeStar(ask), before)
      })
    })
  }

  describe('in both warehouses', () => {
    it('is the same but for the numbers of its keys', async () => {
      for (const entry of entries) {
        const columns = entry.etl.create.definition().columns.map(({ name }) => name)
        const names = quoted(columns.filter((name) => name !== 'picture' && (entry.name === 'date' || !name.endsWith('_key'))))
        const [one, other] = await Promise.all(['MariaDB', 'DuckDB'].map((name) => textRows(configOf(name).warehouse, `SELECT ${names} FROM ${tableOf(entry)}`)))
        assertSameRows(one ?? [], other ?? [])
      }
    })

    it('opens a version for a customer who moves, corrects one who marries, and leaves the old facts where they were', async () => {
      await withConnection(source, async (connection) => {
        await connection.query('UPDATE customer SET address_id = 6 WHERE customer_id = 1')
        await connection.query("UPDATE customer SET last_name = 'JOHNSON-SMITH' WHERE customer_id = 2")
      })
      for (const config of stars.values()) {
        const versions = `
          SELECT customer_id, customer_key, address, last_name, valid_from, valid_to, is_current
          FROM customer_dim WHERE customer_id IN (1, 2) ORDER BY customer_id, valid_from`
        const [mary, patricia] = await textRows(config.warehouse, versions)
        const report = await loadAll(config)
        assert.deepEqual(resultsOf(report), tuples)
        const { unchanged, overwritten, newVersions, newMembers } = countsOf(report, 'customer')
        assert.deepEqual({ unchanged, overwritten, newVersions, newMembers }, { unchanged: 597, overwritten: 1, newVersions: 1, newMembers: 0 })

        const after = await textRows(config.warehouse, versions)
        const moved = after[0]?.[5] ?? assert.fail('the first version is still open')
        assert.deepEqual(after, [
          ['1', mary?.[1], '1913 Hanoi Way', 'SMITH', '1000-01-01 00:00:00', moved, '0'],
          ['1', '600', '1121 Loja Avenue', 'SMITH', moved, null, '1'],
          ['2', patricia?.[1], '1121 Loja Avenue', 'JOHNSON-SMITH', '1000-01-01 00:00:00', null, '1'],
        ])
        assert.deepEqual(await textRows(config.warehouse, `
          SELECT c.address, COUNT(*) FROM payment_fact AS p JOIN customer_dim AS c ON c.customer_key = p.customer_key
          WHERE c.customer_id = 1 GROUP BY 1`), [['1913 Hanoi Way', '32']])
      }
    })
  })
})

function countsOf({ etls }: RefreshReport, name: string) {
  return etls.find((etl) => etl.name === name)?.counts ?? assert.fail(`no counts of ${name}`)
}

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ')

/** The columns that come from the source as they are; bytes are compared elsewhere. */
function broughtBy({ etl }: Entry): string {
  const columns = etl.create.definition().columns.map(({ name }) => name)
  return quoted((etl.source.columns ?? assert.fail('the names are not read')).filter((name) => columns.includes(name) && name !== 'picture'))
}

const withoutUnknown = ({ type, name }: Entry): string => type === 'dimension' ? ` WHERE ${name}_key <> -1` : ''

/** Every row of every table, keys included. */
async function wholeStar(ask: (sql: string) => Promise<TextRow[]>): Promise<TextRow[]> {
  const rows: TextRow[] = []
  for (const entry of entries) {
    const names = entry.etl.create.definition().columns.map(({ name }) => name).filter((name) => name !== 'picture')
    for (const row of await ask(`SELECT ${quoted(names)} FROM ${tableOf(entry)}`)) rows.push([tableOf(entry), ...row])
  }
  return rows
}

/** The same rows in any order; the first that one side alone has is shown. */
function assertSameRows(actual: readonly TextRow[], expected: readonly TextRow[]): void {
  const [one, other] = [actual, expected].map((rows) => rows.map((row) => JSON.stringify(row)).toSorted())
  const at = one!.findIndex((row, index) => row !== other![index])
  assert.equal(one![at], other![at])
  assert.equal(actual.length, expected.length)
  assert.ok(actual.length > 0, 'there are no rows to compare')
}
