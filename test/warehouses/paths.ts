import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from 'starline'
import { entriesOf } from '../../engine/etl/registry.ts'
import type { RefreshReport } from '../../engine/etl/run-all.ts'
import { loadAll, resultsOf } from '../helpers/refresh.ts'
import { freshDatabase, freshPostgres } from '../helpers/servers/index.ts'
import { textRows } from '../helpers/text-rows.ts'
import type { TextRow } from '../helpers/text-rows.ts'

/** From where to where a real star is loaded: each database from itself, across, and from files. */
export const paths = [
  ['MariaDB', 'MariaDB'], ['PostgreSQL', 'PostgreSQL'], ['MariaDB', 'PostgreSQL'], ['MariaDB', 'DuckDB'],
  ['files', 'MariaDB'], ['files', 'PostgreSQL'], ['files', 'DuckDB'],
] as const

export type SourceName = (typeof paths)[number][0]
type WarehouseName = (typeof paths)[number][1]

/** An empty warehouse for a star of this name; a DuckDB file lies in the folder. */
async function emptyWarehouse(kind: WarehouseName, name: string, folder: string): Promise<string> {
  if (kind === 'DuckDB') return `duckdb:${join(folder, `${name}.duckdb`)}`
  return (await (kind === 'PostgreSQL' ? freshPostgres : freshDatabase)(name)).url
}

/** A folder that is gone when the tests of this block have ended. */
function folderFor(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `starline-${name}-`))
  after(() => { rmSync(folder, { recursive: true, force: true }) })
  return folder
}

/** A load with what it took. */
export interface Timed { readonly report: RefreshReport, readonly seconds: number, readonly rows: number }

export async function timed(config: Config): Promise<Timed> {
  const begin = performance.now()
  const report = await loadAll(config)
  return { report, seconds: (performance.now() - begin) / 1000, rows: report.etls.reduce((sum, { result }) => sum + (result?.[2] ?? 0), 0) }
}

/** What of a real star differs from path to path. */
export interface OnPath {
  readonly source: SourceName
  readonly warehouse: WarehouseName
  readonly path: string
  readonly config: () => Config
  /** Its first load. */
  readonly first: () => Timed
  readonly ask: (sql: string) => Promise<TextRow[]>
}

/** Loads a real star on every path, tests that it reports these tuples, and then whatever is the star's own. */
export function onEveryPath(name: string, star: Config, sources: () => Record<SourceName, string>, tuples: readonly unknown[], tests: (on: OnPath) => void): void {
  const folder = folderFor(name)
  for (const [source, warehouse] of paths) {
    describe(`from ${source} to ${warehouse}`, () => {
      const loaded: { config?: Config, first?: Timed } = {}
      const config = (): Config => loaded.config ?? assert.fail('nothing is loaded yet')
      const first = (): Timed => loaded.first ?? assert.fail('nothing is loaded yet')

      before(async () => {
        loaded.config = { ...star, source: sources()[source], warehouse: await emptyWarehouse(warehouse, `${name}_${source}_${warehouse}`.toLowerCase(), folder) }
        loaded.first = await timed(loaded.config)
      })

      it('gives a tuple for each dimension and fact', function () {
        assert.deepEqual(resultsOf(first().report), tuples)
        tell(this, first())
      })

      tests({ source, warehouse, path: `${source} to ${warehouse}`, config, first, ask: (sql) => textRows(config().warehouse, sql) })
    })
  }
}

/** Every row of every table; the surrogate keys are given in the order of the source's rows, which no source promises. */
export async function wholeStar(star: Config, ask: OnPath['ask'], keys = true): Promise<TextRow[]> {
  const rows: TextRow[] = []
  for (const { name, etl } of entriesOf(star)) {
    const { table, columns } = etl.create.definition()
    const names = columns.map((column) => column.name).filter((column) => column !== 'picture' && (keys || name === 'date' || !column.endsWith('_key')))
    if (names.length === 0) continue
    for (const row of await ask(`SELECT ${names.map((column) => `"${column}"`).join(', ')} FROM ${table}`)) rows.push([table, ...row])
  }
  return rows
}

/** One line among the tests' own: what was loaded, and how long it took. */
export function tell(test: Mocha.Context, { rows, seconds }: Timed): void {
  if (test.test !== undefined) test.test.title += `: ${rows} rows in ${seconds.toFixed(1)} s`
}
