import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from 'starline'
import type { RefreshReport } from '../../engine/etl/run-all.ts'
import { loadAll } from '../helpers/refresh.ts'
import { freshDatabase, freshPostgres } from '../helpers/servers/index.ts'

/** From where to where a real star is loaded: each database from itself, across, and from files. */
export const paths = [
  ['MariaDB', 'MariaDB'], ['PostgreSQL', 'PostgreSQL'], ['MariaDB', 'PostgreSQL'], ['MariaDB', 'DuckDB'],
  ['files', 'MariaDB'], ['files', 'PostgreSQL'], ['files', 'DuckDB'],
] as const

export type SourceName = (typeof paths)[number][0]
export type WarehouseName = (typeof paths)[number][1]

/** An empty warehouse for a star of this name; a DuckDB file lies in the folder. */
export async function emptyWarehouse(kind: WarehouseName, name: string, folder: string): Promise<string> {
  if (kind === 'DuckDB') return `duckdb:${join(folder, `${name}.duckdb`)}`
  return (await (kind === 'PostgreSQL' ? freshPostgres : freshDatabase)(name)).url
}

/** A folder that is gone when the tests of this block have ended. */
export function folderFor(name: string): string {
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

/** One line among the tests' own: what was loaded, and how long it took. */
export function tell(test: Mocha.Context, { rows, seconds }: Timed): void {
  if (test.test !== undefined) test.test.title += `: ${rows} rows in ${seconds.toFixed(1)} s`
}
