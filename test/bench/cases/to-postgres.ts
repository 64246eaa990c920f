import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { LIMIT } from '../case.ts'
import type { Case, Way } from '../case.ts'
import { checksum } from '../checksum.ts'
import { createOf, fill, SALE } from '../data.ts'
import { measureNode, measureServer } from '../measure.ts'
import { postgresEnv, programs } from '../programs.ts'
import type { Place, Scene } from '../scene.ts'
import type { EtlText } from '../project.ts'
import { inRanges, saleFact } from '../star.ts'

const KNEX = new URL('../ways/knex.mjs', import.meta.url).pathname

/** What both kinds of source have in common: the same rows in the warehouse's own server, which copies them by itself, and from a file. */
interface Peers {
  readonly peers: Place
  /** Where they copy to. */
  readonly target: string
  /** Those that need nobody else. */
  readonly ways: readonly Way[]
  readonly peer: (name: string, run: Way['run'], skip?: string) => Way
}

async function peersOf(scene: Scene, rows: number): Promise<Peers> {
  const peers = await scene.postgres('peers')
  await fill(peers.door, 'sale', SALE, 'sale_id', rows, scene.seed)
  await peers.door.do('CREATE SCHEMA copies')
  const psql = programs('psql')
  const file = join(scene.folder('files'), 'sale.copy')
  if (psql.skip === undefined) await psql.run(`"$0" --quiet --no-psqlrc --command="\\copy sale TO '${file}'"`, postgresEnv(peers.adminUrl))
  const target = new URL(peers.adminUrl)
  target.searchParams.set('schema', 'copies')
  const prepare = (): Promise<void> => peers.door.do('DROP TABLE IF EXISTS copies.sale', createOf('copies.sale', SALE, 'sale_id', peers.door.words))
  const peer = (name: string, run: Way['run'], skip?: string): Way => ({ name, skip, prepare, run, result: () => checksum(peers.door, 'copies.sale', SALE) })
  return {
    peers, target: target.href, peer,
    ways: [
      peer(LIMIT, () => measureServer(() => peers.door.do('INSERT INTO copies.sale SELECT * FROM sale'))),
      peer('COPY of a ready file', () => psql.run(`"$0" --quiet --no-psqlrc --command="\\copy copies.sale FROM '${file}'"`, postgresEnv(peers.adminUrl)), psql.skip),
    ],
  }
}

function starlineWays(scene: Scene, source: Place, warehouse: Place): Way[] {
  const way = (name: string, fact: EtlText): Way => {
    const project = scene.project({ source: source.readerUrl, warehouse: warehouse.url, facts: [fact] })
    return { name, run: async () => (await project.run('--run_facts')).figures, result: () => checksum(warehouse.door, 'sale_fact', SALE) }
  }
  return [way('starline', saleFact), way('starline, two ranges', inRanges(saleFact))]
}

export const mysqlToPostgres: Case = {
  name: 'mysql_to_postgres',
  about: 'A fact of twelve columns without lookups, from MariaDB to PostgreSQL. The limit copies the same rows inside PostgreSQL.',
  async open(scene, { rows }) {
    const shop = await scene.mariadb('shop')
    await fill(shop.door, 'sale', SALE, 'sale_id', rows, scene.seed)
    const { target, ways, peer } = await peersOf(scene, rows)
    const pgloader = programs('pgloader')
    const commands = join(scene.folder('pgloader'), 'commands.load')
    const { username, password, host, pathname } = new URL(target)
    writeFileSync(commands, `LOAD DATABASE FROM ${shop.adminUrl} INTO postgresql://${username}${password && `:${password}`}@${host}${pathname}
      WITH data only, workers = 2, concurrency = 1
      ALTER SCHEMA '${shop.name}' RENAME TO 'copies';\n`)
    return {
      rows, expected: () => checksum(shop.door, 'sale', SALE),
      ways: [
        ...ways,
        peer('pgloader', () => pgloader.run(`"$0" --quiet --on-error-stop ${commands} >&2`), pgloader.skip),
        peer('knex batchInsert', async () => (await measureNode([KNEX, shop.adminUrl, 'sale', target, 'sale'])).figures),
        ...starlineWays(scene, shop, await scene.postgres('warehouse')),
      ],
    }
  },
}

export const postgresToPostgres: Case = {
  name: 'postgres_to_postgres',
  about: 'The same from PostgreSQL to PostgreSQL.',
  async open(scene, { rows }) {
    const { peers, target, ways, peer } = await peersOf(scene, rows)
    const dump = programs('pg_dump', 'psql')
    return {
      rows, expected: () => checksum(peers.door, 'sale', SALE),
      ways: [
        ...ways,
        peer('pg_dump into psql', () => dump.run(
          `"$0" --data-only --table=star.sale | sed 's/^COPY star.sale /COPY copies.sale /' | "$1" --quiet --no-psqlrc --output=/dev/null`, postgresEnv(peers.adminUrl),
        ), dump.skip),
        peer('knex batchInsert', async () => (await measureNode([KNEX, peers.adminUrl, 'sale', target, 'sale'])).figures),
        ...starlineWays(scene, peers, await scene.postgres('warehouse')),
      ],
    }
  },
}
