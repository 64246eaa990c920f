/** Warehouses to torture, each new and empty. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase, freshPostgres } from '../helpers/servers/index.ts'
import type { FreshDatabase } from '../helpers/servers/index.ts'
import type { Place } from './scene.ts'

export interface OwnPlace extends Place {
  remove(): Promise<void>
}

/** A database with a loader of its own, on the shared server or on another one. His password is looked for in everything that is written. */
async function serverPlace(made: Promise<FreshDatabase>): Promise<OwnPlace> {
  const { url, password, drop } = await made
  return { url, oneProcess: false, canary: password, remove: drop }
}

export const mariadbPlace = (server?: string): Promise<OwnPlace> => serverPlace(freshDatabase('harness', server))
export const postgresPlace = (server?: string): Promise<OwnPlace> => serverPlace(freshPostgres('harness', server))

async function duckdbPlace(): Promise<OwnPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'starline-harness-'))
  return { url: `duckdb:${join(folder, 'warehouse.duckdb')}`, oneProcess: true, remove: () => rm(folder, { recursive: true, force: true }) }
}

export const places = { mariadb: () => mariadbPlace(), postgres: () => postgresPlace(), duckdb: duckdbPlace } satisfies Record<string, () => Promise<OwnPlace>>

export type PlaceName = keyof typeof places
