import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { resultsOf } from '../helpers/refresh.ts'
import { freshDatabase, freshPostgres, inSchema } from '../helpers/servers/index.ts'
import { withPostgres } from '../helpers/servers/postgres.ts'
import { needsSharedData } from '../helpers/shared-data.ts'
import type { TextRow } from '../helpers/text-rows.ts'
import chinook from './chinook/config.ts'
import { starQueries, tableQueries } from './chinook-queries.ts'
import { assertSameRows, assertTable } from './figures.ts'
import type { Expected } from './figures.ts'
import { loadDump, loadPostgresDump } from './load-dump.ts'
import { onEveryPath, paths, tell, timed, wholeStar } from './paths.ts'
import type { SourceName } from './paths.ts'

const tuples = [
  ['dimension', 'date', 1826],
  ['dimension', 'customer', 59],
  ['dimension', 'employee', 8],
  ['dimension', 'artist', 275],
  ['dimension', 'track', 3503],
  ['dimension', 'playlist', 18],
  ['fact', 'sale', 2240],
  ['fact', 'invoice', 412],
  ['fact', 'playlist_track', 8715],
]

describe('the Chinook star', () => {
  let expected: Expected
  let sources: Record<SourceName, string>

  before(async function () {
    expected = JSON.parse(readFileSync(needsSharedData(this, 'chinook/expected.json'), 'utf8')) as Expected
    const [mariadb, postgres] = [await freshDatabase('chinook'), await freshPostgres('chinook')]
    await loadDump(mariadb.adminUrl, needsSharedData(this, 'chinook/chinook-mysql.sql.gz'))
    await loadPostgresDump(postgres.adminUrl, needsSharedData(this, 'chinook/chinook-postgres.sql.gz'))
    await asMysqlReadsIt(postgres.adminUrl)
    const files = dirname(needsSharedData(this, 'chinook/csv/Album.csv.gz'))
    sources = { MariaDB: mariadb.readerUrl, PostgreSQL: inSchema(postgres.readerUrl, 'public'), files: `files:${files}?null=\\N` }
  })

  it('is asked every check and every table there is', () => {
    assert.deepEqual(Object.keys(starQueries).toSorted(), Object.keys(expected.checks).toSorted())
    assert.deepEqual(Object.keys(tableQueries), Object.keys(expected.tables))
  })

  const stars = new Map<string, readonly TextRow[]>()

  onEveryPath('chinook', chinook, () => sources, tuples, ({ path, config, ask }) => {
    it('holds every table of its source, figure by figure', async () => {
      for (const [table, sql] of Object.entries(tableQueries)) assertTable(await ask(sql), expected.tables[table] ?? assert.fail(table), table)
    })

    it('answers every check', async () => {
      for (const [check, sql] of Object.entries(starQueries)) assertSameRows(await ask(sql), expected.checks[check]?.rows ?? [], check)
    })

    it('is the same after a second run, key by key', async function () {
      const before = await wholeStar(chinook, ask)
      const second = await timed(config())
      assert.deepEqual(resultsOf(second.report), tuples)
      assertSameRows(await wholeStar(chinook, ask), before)
      stars.set(path, await wholeStar(chinook, ask, false))
      tell(this, second)
    })
  })

  describe('on every path', () => {
    it('is the same, but for the numbers of its keys', () => {
      const [one, ...others] = [...stars]
      assert.equal(stars.size, paths.length)
      for (const [path, rows] of others) assertSameRows(rows, one?.[1] ?? [], path)
    })
  })
})

/**
 * Two literals of the dumps mean something else on PostgreSQL, and what is expected was counted on MariaDB: `N'Edinburgh '` is
 * a CHAR there and loses its blank, and a backslash is itself.
 */
async function asMysqlReadsIt(url: string): Promise<void> {
  await withPostgres(url, async (client) => {
    const changed: (number | null)[] = []
    for (const sql of [
      "UPDATE customer SET city = 'Edinburgh ' WHERE city = 'Edinburgh'",
      "UPDATE invoice SET billing_city = 'Edinburgh ' WHERE billing_city = 'Edinburgh'",
      String.raw`UPDATE track SET name = replace(name, '\', '') WHERE name LIKE '%\\%'`,
    ]) changed.push((await client.query(sql)).rowCount)
    assert.deepEqual(changed, [1, 7, 4])
  })
}
