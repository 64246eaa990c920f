/** Warehouses to torture, each new and empty. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase, freshPostgres } from '../helpers/servers/index.ts'
import type { Place } from './torture.ts'

export interface OwnPlace extends Place {
  remove(): Promise<void>
}

export const places: Readonly<Record<'mariadb' | 'postgres' | 'duckdb', () => Promise<OwnPlace>>> = {
  async mariadb() {
    const { url, drop } = await freshDatabase('harness')
    return { url, oneProcess: false, remove: drop }
  },
  async postgres() {
    const { url, drop } = await freshPostgres('harness')
    return { url, oneProcess: false, remove: drop }
  },
  async duckdb() {
    const folder = await mkdtemp(join(tmpdir(), 'starline-harness-'))
    return { url: `duckdb:${join(folder, 'warehouse.duckdb')}`, oneProcess: true, remove: () => rm(folder, { recursive: true, force: true }) }
  },
}
