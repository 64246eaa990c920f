import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Config } from 'starline'
import { entriesOf } from '../../engine/etl/registry.ts'
import type { Entry } from '../../engine/etl/registry.ts'
import type { RefreshReport } from '../../engine/etl/run-all.ts'
import { readSelectNames } from '../../engine/sql/source.ts'
import { loadAll, resultsOf } from '../helpers/refresh.ts'
import { asAdmin, freshDatabase, freshPostgres, inSchema } from '../helpers/servers/index.ts'
import { withConnection } from '../helpers/servers/mariadb.ts'
import { withPostgres } from '../helpers/servers/postgres.ts'
import { needsSharedData } from '../helpers/shared-data.ts'
import { textRows } from '../helpers/text-rows.ts'
import type { TextRow } from '../helpers/text-rows.ts'
import { assertColumn, assertSameRows } from './figures.ts'
import type { Expected } from './figures.ts'
import { loadDump, loadPostgresDump } from './load-dump.ts'
import { onEveryPath, paths, tell, timed, wholeStar } from './paths.ts'
import type { SourceName } from './paths.ts'
import sakila from './sakila/config.ts'
import { columnQueries, columnsNotInThisStar, otherInPort, sameInBoth, starQueries, tablesNotInThisStar } from './sakila-queries.ts'

/** What the star's tables are called, in every warehouse. */
const entries = entriesOf(sakila)
const tableOf = ({ etl }: Entry): string => etl.create.definition().table
const fromSource = entries.filter(({ name }) => name !== 'date')

const tuples = [
  ['dimension', 'date', 730],
  ['dimension', 'customer', 599],
  ['dimension', 'film', 1000],
  ['dimension', 'store', 2],
  ['dimension', 'staff', 2],
  ['dimension', 'actor', 200],
  ['fact', 'rental', 16_044],
  ['fact', 'payment', 16_049],
  ['fact', 'film_actor', 5462],
]

/** Rows that point at the unknown member: discs that are still out, and payments for no rental. */
const unknown: Readonly<Record<string, number>> = { 'rental.return_date_key': 183, 'payment.film_key': 5, 'payment.store_key': 5 }

describe('the Sakila star', () => {
  let expected: Expected
  let sources: Record<SourceName, string>
  let sourceAdmin: string

  before(async function () {
    expected = JSON.parse(readFileSync(needsSharedData(this, 'sakila/expected.json'), 'utf8')) as Expected
    const [mariadb, postgres] = [await freshDatabase('sakila'), await freshPostgres('sakila')]
    await loadDump(mariadb.adminUrl, ...['schema', 'data'].map((part) => needsSharedData(this, `sakila/sakila-mysql-${part}.sql.gz`)))
    await loadPostgresDump(postgres.adminUrl, ...['schema', 'data-copy'].map((part) => needsSharedData(this, `sakila/sakila-postgres-${part}.sql.gz`)))
    await asTheOriginal(postgres.adminUrl)
    sourceAdmin = postgres.adminUrl
    const files = dirname(needsSharedData(this, 'sakila/csv/actor.csv.gz'))
    sources = { MariaDB: mariadb.readerUrl, PostgreSQL: inSchema(postgres.readerUrl, 'public'), files: `files:${files}?null=\\N` }
  })

  it('begins with a source whose tables have the rows and sums that are expected', async () => {
    for (const [table, { rows, columns }] of Object.entries(expected.tables)) {
      const sums = Object.entries(columns).filter(([, { sum }]) => sum !== undefined)
      const asked = ['COUNT(*)', ...sums.map(([name]) => `SUM("${name}")`)]
      assert.deepEqual(await textRows(sources.MariaDB, `SELECT ${asked.join(', ')} FROM "${table}"`), [[String(rows), ...sums.map(([, { sum }]) => sum)]], table)
    }
  })

  it('is asked every check there is', () => {
    assert.deepEqual(Object.keys(starQueries).toSorted(), Object.keys(expected.checks).toSorted())
  })

  it('is asked for every column of every table, but for those that are told with their reason', () => {
    assert.deepEqual([...Object.keys(columnQueries), ...Object.keys(tablesNotInThisStar)].toSorted(), Object.keys(expected.tables).toSorted())
    for (const [table, sql] of Object.entries(columnQueries)) {
      const wanted = Object.keys(expected.tables[table]?.columns ?? {})
        .filter((column) => !columnsNotInThisStar.includes(column) && !columnsNotInThisStar.includes(`${table}.${column}`))
      assert.deepEqual(readSelectNames(sql)?.toSorted(), wanted.toSorted(), table)
    }
  })

  const stars = new Map<string, Config>()
  const firsts = new Map<string, readonly TextRow[]>()

  onEveryPath('sakila', sakila, () => sources, tuples, ({ source, warehouse, path, config, first, ask }) => {
    before(() => { stars.set(path, config()) })

    it('has a row for each of the source, and the unknown members beside them', async () => {
      for (const [type, etl, rows] of tuples) {
        const special = type === 'dimension' ? 1 : 0
        assert.deepEqual(await ask(`SELECT COUNT(*) FROM ${etl}_${type === 'dimension' ? 'dim' : 'fact'}`), [[String(Number(rows) + special)]], String(etl))
      }
    })

    it('reports the total of all payments, to the cent', () => {
      assert.deepEqual(countsOf(first().report, 'payment').total, { column: 'amount', value: '67416.51' })
      assert.equal(expected.tables['payment']?.columns['amount']?.['sum'], '67416.51')
    })

    it('answers every check', async () => {
      for (const [check, sql] of Object.entries(starQueries)) assertSameRows(await ask(sql), expected.checks[check]?.rows ?? [], check)
    })

    it('has every figure of the columns that it brings', async () => {
      for (const [table, sql] of Object.entries(columnQueries)) {
        const { names, columns } = await columnsOf(ask, sql)
        for (const [at, name] of names.entries()) {
          if (source === 'PostgreSQL' && otherInPort[table]?.includes(name)) continue
          assertColumn(columns[at] ?? [], expected.tables[table]?.columns[name] ?? assert.fail(name), `${table}.${name}`)
        }
      }
    })

    it('says of every rental and payment what the source says', async () => {
      for (const [question, asked] of Object.entries(sameInBoth)) assertSameRows(await ask(asked.star), await textRows(sources.MariaDB, asked.source), question)
    })

    if (source !== 'files') {
      it('holds in every table what the source brings, value by value', async () => {
        for (const entry of fromSource) {
          const names = broughtBy(entry)
          if (names === '') continue
          const brought = await textRows(config().source, `SELECT ${names} FROM (${textFor(entry, source)}) AS asked`)
          assertSameRows(await ask(`SELECT ${names} FROM ${tableOf(entry)}${withoutUnknown(entry)}`), brought.map(asDeclared(entry)), tableOf(entry))
        }
      })
    }

    it('carries a picture byte by byte', async () => {
      const hex = warehouse === 'PostgreSQL' ? "upper(encode(picture, 'hex'))" : 'HEX(picture)'
      const pictures = await ask(`SELECT ${hex} FROM staff_dim WHERE staff_key <> -1`)
      // The port to PostgreSQL has none.
      if (source === 'PostgreSQL') assert.deepEqual(pictures, [[null], [null]])
      else assertColumn(pictures.map(([picture]) => picture ?? null), expected.tables['staff']?.columns['picture'] ?? assert.fail(), 'staff.picture')
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
      const counted = ['rental', 'payment'].flatMap((fact) => Object.entries(countsOf(first().report, fact).notFound ?? {})
        .filter(([, rows]) => rows > 0).map(([column, rows]) => [`${fact}.${column}`, rows]))
      assert.deepEqual(Object.fromEntries(counted), unknown)
    })

    it('is the same after a second run, key by key, and says that nothing changed', async function () {
      const before = await wholeStar(sakila, ask)
      const second = await timed(config())
      assert.deepEqual(resultsOf(second.report), tuples)
      for (const { name: etl } of entries.filter(({ type }) => type === 'dimension')) {
        const { read, unchanged, overwritten = 0, newMembers = 0, newVersions = 0 } = countsOf(second.report, etl)
        assert.deepEqual({ etl, unchanged, overwritten, newMembers, newVersions }, { etl, unchanged: read, overwritten: 0, newMembers: 0, newVersions: 0 })
      }
      assertSameRows(await wholeStar(sakila, ask), before)
      if (source !== 'PostgreSQL') firsts.set(path, await wholeStar(sakila, ask, false))
      tell(this, second)
    })
  })

  describe('in every warehouse', () => {
    it('is the same but for the numbers of its keys', () => {
      const [one, ...others] = [...firsts]
      assert.equal(firsts.size, paths.filter(([source]) => source !== 'PostgreSQL').length)
      for (const [path, rows] of others) assertSameRows(rows, one?.[1] ?? [], path)
    })

    it('opens a version for a customer who moves, corrects one who marries, and leaves the old facts where they were', async () => {
      const changes = ['UPDATE customer SET address_id = 6 WHERE customer_id = 1', "UPDATE customer SET last_name = 'JOHNSON-SMITH' WHERE customer_id = 2"]
      await withConnection(await asAdmin(sources.MariaDB), async (connection) => { for (const sql of changes) await connection.query(sql) })
      await withPostgres(sourceAdmin, async (client) => { for (const sql of changes) await client.query(sql) })
      for (const path of ['MariaDB to MariaDB', 'PostgreSQL to PostgreSQL', 'MariaDB to DuckDB']) {
        const config = stars.get(path) ?? assert.fail(path)
        const versions = `
          SELECT customer_id, customer_key, address, last_name, valid_from, valid_to, is_current
          FROM customer_dim WHERE customer_id IN (1, 2) ORDER BY customer_id, valid_from`
        const [mary, patricia] = await textRows(config.warehouse, versions)
        const report = await loadAll(config)
        assert.deepEqual(resultsOf(report), tuples)
        const { unchanged, overwritten, newVersions, newMembers } = countsOf(report, 'customer')
        assert.deepEqual({ unchanged, overwritten, newVersions, newMembers }, { unchanged: 597, overwritten: 1, newVersions: 1, newMembers: 0 }, path)

        const after = await textRows(config.warehouse, versions)
        const moved = after[0]?.[5] ?? assert.fail('the first version is still open')
        assert.deepEqual(after, [
          ['1', mary?.[1], '1913 Hanoi Way', 'SMITH', '1000-01-01 00:00:00', moved, '0'],
          ['1', '600', '1121 Loja Avenue', 'SMITH', moved, null, '1'],
          ['2', patricia?.[1], '1121 Loja Avenue', 'JOHNSON-SMITH', '1000-01-01 00:00:00', null, '1'],
        ], path)
        assert.deepEqual(await textRows(config.warehouse, `
          SELECT c.address, COUNT(*) FROM payment_fact AS p JOIN customer_dim AS c ON c.customer_key = p.customer_key
          WHERE c.customer_id = 1 GROUP BY 1`), [['1913 Hanoi Way', '32']], path)
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

/** The port to PostgreSQL says of five payments what they were for, and what is expected was counted where nobody knows that. */
async function asTheOriginal(url: string): Promise<void> {
  await withPostgres(url, async (client) => {
    await client.query('ALTER TABLE payment ALTER COLUMN rental_id DROP NOT NULL')
    const { rowCount } = await client.query('UPDATE payment SET rental_id = NULL WHERE payment_id IN (424, 7011, 10840, 14675, 15458)')
    assert.equal(rowCount, 5)
  })
}

/** A source's text for one database, out of all that it is written for. */
function textFor({ etl: { source: { text } } }: Entry, source: SourceName): string {
  const parts = text.split(/^-- (\w+)\n/m)
  return parts[parts.indexOf(source === 'PostgreSQL' ? 'postgres' : 'mysql') + 1] ?? text
}

/** What the source's texts become by their types alone: a day is its midnight, a CHAR loses what fills it up. */
function asDeclared({ etl }: Entry): (row: TextRow) => TextRow {
  const columns = etl.create.definition().columns
  const names = (etl.source.columns ?? []).filter((name) => columns.some((column) => column.name === name) && name !== 'picture')
  const isInstant = names.map((name) => columns.some((column) => column.name === name && column.type === 'TIMESTAMP'))
  return (row) => row.map((value, at) => {
    if (value === null) return null
    if (isInstant[at]) return value.replace(/^(\d{4}-\d\d-\d\d)$/, '$1 00:00:00')
    return names[at] === 'language' ? value.trimEnd() : value
  })
}

/** The values of a SELECT column by column, with the names that its text gives them. */
async function columnsOf(ask: (sql: string) => Promise<TextRow[]>, sql: string): Promise<{ names: readonly string[], columns: readonly TextRow[] }> {
  const names = readSelectNames(sql) ?? assert.fail(sql)
  const rows = await ask(sql)
  return { names, columns: names.map((_, at) => rows.map((row) => row[at] ?? null)) }
}
