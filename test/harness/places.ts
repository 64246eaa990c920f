/** Warehouses to torture, each new and empty. */

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase, freshPostgres, freshUser } from '../helpers/servers/index.ts'
import { withPostgres } from '../helpers/servers/postgres.ts'
import type { Place } from './scene.ts'

export interface OwnPlace extends Place {
  remove(): Promise<void>
}

/** The password is looked for in everything that is written: it is no word that could be there by chance. */
const newPassword = (): string => `Sk1rmish-${randomBytes(6).toString('hex')}`

/** A database with a user of its own, on the shared server or on another one. */
export async function mariadbPlace(server?: string): Promise<OwnPlace> {
  const { url, drop } = await freshDatabase('harness', server)
  const user = await freshUser(url, { password: newPassword(), ownServer: server !== undefined })
  return {
    url: user.url, oneProcess: false, canary: user.password,
    async remove() {
      await drop()
      await user.drop()
    },
  }
}

export async function postgresPlace(server?: string): Promise<OwnPlace> {
  const { url, name, drop } = await freshPostgres('harness', server)
  const [user, password] = [`user_${name}`.slice(0, 60), newPassword()]
  await withPostgres(url, async (client) => {
    await client.query(`CREATE ROLE "${user}" LOGIN PASSWORD '${password}'`)
    await client.query(`ALTER DATABASE "${name}" OWNER TO "${user}"`)
  })
  const mine = new URL(url)
  mine.username = user
  mine.password = password
  return { url: mine.href, oneProcess: false, canary: password, remove: drop }
}

async function duckdbPlace(): Promise<OwnPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'starline-harness-'))
  return { url: `duckdb:${join(folder, 'warehouse.duckdb')}`, oneProcess: true, remove: () => rm(folder, { recursive: true, force: true }) }
}

export const places = { mariadb: () => mariadbPlace(), postgres: () => postgresPlace(), duckdb: duckdbPlace } satisfies Record<string, () => Promise<OwnPlace>>

export type PlaceName = keyof typeof places
