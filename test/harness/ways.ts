/** How the rows of the star's fact come into the warehouse: every path that a load can take there, each as a way to load the same star. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Content } from './content.ts'
import type { Ending } from './loaders.ts'
import { places } from './places.ts'
import type { PlaceName } from './places.ts'
import type { Place } from './scene.ts'
import { openSourceFiles, openSourceTables } from './source-tables.ts'
import type { SourceTables } from './source-tables.ts'
import type { StarSpec } from './star.ts'

/**
 * `values`: made in the loader's process, row by row. `bytes`: as another database sends them. `ranges`: the same over several
 * sessions side by side. `copies`: they never leave the server. `files`: the warehouse's own DuckDB reads them.
 * `landed`: they land first, and are joined there, as if there were too many members for memory.
 */
export type WayName = 'values' | 'bytes' | 'ranges' | 'copies' | 'files' | 'landed'

/** The ways that lead into each warehouse. */
export const waysTo: Readonly<Record<PlaceName, readonly [WayName, ...WayName[]]>> = {
  mariadb: ['values', 'bytes', 'ranges', 'copies', 'landed'],
  postgres: ['values', 'bytes', 'ranges', 'copies', 'landed'],
  duckdb: ['values', 'bytes', 'files', 'landed'],
}

/** What a load says of the way that it has taken, so that none is tried by its name alone. */
const said: Readonly<Record<WayName, RegExp>> = {
  values: /^batches$/, bytes: /^bytes$/, ranges: /^bytes in [2-4]$/, copies: /^relation$/, files: /^relation$/, landed: /^batches, landed$/,
}

export interface Way {
  readonly name: WayName
  /** What a load is told of it. */
  readonly spec: () => Pick<StarSpec, 'source' | 'ranges' | 'landed'>
}

export interface Ways {
  /** One after the other; loads that are struck take turns among themselves. */
  next(struck: boolean): Way
  /** Brings one generation into all the sources. */
  fill(content: Content): Promise<void>
  /** Where the sources' tables are, if they are in another database. */
  readonly elsewhere: Place | undefined
  close(): Promise<void>
}

/** What a load has said of its way. */
export const tookBy = ({ notes }: Pick<Ending, 'notes'>): readonly string[] => notes.flatMap((note) => (note.what === 'took' ? [note.took] : []))

/** What is wrong where a load says that it went by this way; undefined where nothing is. */
export const wrongWay = (name: WayName, took: readonly string[]): string | undefined =>
  took.every((way) => said[name].test(way)) ? undefined : `its rows should have come by ${name}, and came as ${took.join(', then ')}`

/** Makes the sources that these ways ask. */
export async function openWays(warehouse: PlaceName, { url, seed }: { readonly url: string; readonly seed: number }, names: readonly [WayName, ...WayName[]]): Promise<Ways> {
  const closers: (() => Promise<void>)[] = []
  const open = async (at: string): Promise<SourceTables> => {
    const tables = await openSourceTables(at)
    closers.push(() => tables.close())
    return tables
  }
  const wants = (...some: readonly WayName[]): boolean => some.some((name) => names.includes(name))
  const [first = 'mariadb', second = first] = warehouse === 'duckdb' ? ['mariadb', 'postgres'] as const : [warehouse]
  const other = wants('bytes', 'ranges') ? await places[seed % 2 === 0 ? first : second]() : undefined
  if (other !== undefined) closers.push(() => other.remove())
  const elsewhere = other && await open(other.url)
  const here = wants('copies') ? await open(url) : undefined
  const folder = wants('files') ? await mkdtemp(join(tmpdir(), 'starline-harness-files-')) : undefined
  if (folder !== undefined) closers.push(() => rm(folder, { recursive: true, force: true }))
  const files = folder === undefined ? undefined : openSourceFiles(folder)
  let ranged = 0
  const specs: Readonly<Record<WayName, Way['spec']>> = {
    values: () => ({}), landed: () => ({ landed: true }), copies: () => ({ source: url }), files: () => ({ source: `files:${folder}` }),
    bytes: () => ({ ...other && { source: other.url } }),
    ranges: () => ({ ...other && { source: other.url }, ranges: 2 + (ranged += 1) % 2 }),
  }
  const turns = [0, 0]
  return {
    next(struck) {
      const at = Number(struck)
      const name = names[(turns[at] ?? 0) % names.length] ?? names[0]
      turns[at] = (turns[at] ?? 0) + 1
      return { name, spec: specs[name] }
    },
    async fill(content) {
      for (const tables of [elsewhere, here, files]) await tables?.fill(content)
    },
    elsewhere: other,
    async close() {
      for (const work of closers.toReversed()) await work()
    },
  }
}
