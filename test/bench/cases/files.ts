import { join } from 'node:path'
import { LIMIT } from '../case.ts'
import type { Case, Way } from '../case.ts'
import { checksum } from '../checksum.ts'
import { createOf, fill, SALE } from '../data.ts'
import { openDoor } from '../door.ts'
import { measureNode, measureServer } from '../measure.ts'
import { addressOf, programs } from '../programs.ts'
import type { Scene } from '../scene.ts'
import { saleFact } from '../star.ts'
import { duckdbWords } from '../words.ts'

const DUCKDB = new URL('../ways/duckdb.mjs', import.meta.url).pathname

const NOTHING = '~nothing~'

type FileKind = 'csv' | 'parquet'

/** The rows as a file, made by DuckDB; and what they come to. */
async function fileOf(scene: Scene, kind: FileKind, rows: number): Promise<{ readonly folder: string, readonly expected: string }> {
  const folder = scene.folder('files')
  const door = await openDoor('duckdb:')
  await fill(door, 'sale', SALE, 'sale_id', rows, scene.seed)
  await door.do(`COPY sale TO '${join(folder, `sale.${kind}`)}' (FORMAT ${kind}${kind === 'csv' ? ', HEADER' : ''})`)
  const expected = await checksum(door, 'sale', SALE)
  await door.close()
  return { folder, expected }
}

/** One instance at a time has the file. */
async function resultIn(file: string, table: string): Promise<string> {
  const door = await openDoor(`duckdb:${file}`)
  try {
    return await checksum(door, table, SALE)
  } finally {
    await door.close()
  }
}

/** DuckDB by itself, which fills a table of its own from whatever can be selected from. */
function duckdbOf(scene: Scene, name: string, from: string, ...before: readonly string[]): Way {
  const file = join(scene.folder('duckdb'), 'copy.duckdb')
  return {
    name,
    run: async () => (await measureNode([DUCKDB, file, ...before, 'DROP TABLE IF EXISTS sale', createOf('sale', SALE, 'sale_id', duckdbWords), `INSERT INTO sale SELECT * FROM ${from}`])).figures,
    result: () => resultIn(file, 'sale'),
  }
}

function starlineOf(scene: Scene, source: string): Way {
  const file = join(scene.folder('duckdb'), 'warehouse.duckdb')
  const project = scene.project({ source, warehouse: `duckdb:${file}`, facts: [saleFact] })
  return { name: 'starline', run: async () => (await project.run('--run_facts')).figures, result: () => resultIn(file, 'sale_fact') }
}

/** What DuckDB is to read a file as, with the types said: it would guess otherwise. */
const readerOf = (folder: string, kind: FileKind): string => kind === 'parquet' ? `'${join(folder, 'sale.parquet')}'`
  : `read_csv('${join(folder, 'sale.csv')}', header = true, allow_quoted_nulls = false, columns = {${SALE.map(({ name, type }) => `${name}: '${type.replace(' NOT NULL', '')}'`).join(', ')}})`

const toDuckdb = (kind: FileKind): Case => ({
  name: `${kind}_to_duckdb`,
  about: `A fact of twelve columns without lookups, from a ${kind === 'csv' ? 'CSV' : 'Parquet'} file to DuckDB. The limit is DuckDB's own reader of the same file.`,
  async open(scene, { rows }) {
    const { folder, expected } = await fileOf(scene, kind, rows)
    return { rows, expected: async () => expected, ways: [duckdbOf(scene, LIMIT, readerOf(folder, kind)), starlineOf(scene, `files:${folder}`)] }
  },
})

export const csvToDuckdb = toDuckdb('csv')
export const parquetToDuckdb = toDuckdb('parquet')

export const mysqlToDuckdb: Case = {
  name: 'mysql_to_duckdb',
  about: 'The same from MariaDB to DuckDB. The limit copies the same rows inside DuckDB.',
  async open(scene, { rows }) {
    const shop = await scene.mariadb('shop')
    await fill(shop.door, 'sale', SALE, 'sale_id', rows, scene.seed)
    const file = join(scene.folder('duckdb'), 'own.duckdb')
    const own = await openDoor(`duckdb:${file}`)
    await fill(own, 'sale', SALE, 'sale_id', rows, scene.seed)
    await own.close()
    const limit = duckdbOf(scene, LIMIT, 'own.sale', `ATTACH '${file}' AS own (READ_ONLY)`)
    return {
      rows, expected: () => checksum(shop.door, 'sale', SALE),
      ways: [limit, starlineOf(scene, shop.readerUrl)],
    }
  },
}

export const csvToMysql: Case = {
  name: 'csv_to_mysql',
  about: 'The same from a CSV file to MariaDB. The limit copies the same rows inside MariaDB.',
  async open(scene, { rows }) {
    const { folder, expected } = await fileOf(scene, 'csv', rows)
    const [peers, warehouse] = [await scene.mariadb('peers'), await scene.mariadb('warehouse')]
    await fill(peers.door, 'sale', SALE, 'sale_id', rows, scene.seed)
    const prepare = (): Promise<void> => peers.door.do('DROP TABLE IF EXISTS copy', createOf('copy', SALE, 'sale_id', peers.door.words))
    const result = (): Promise<string> => checksum(peers.door, 'copy', SALE)
    const client = programs('mariadb|mysql')
    const { flags, database, env } = addressOf(peers.adminUrl)
    // LOAD DATA takes an empty field for an empty text, quoted or not: the file that is made for it has a word for NULL.
    const texts = SALE.map(({ name, type }) => type.includes('NOT NULL') ? name : `@${name}`).join(', ')
    const nulls = SALE.filter(({ type }) => !type.includes('NOT NULL')).map(({ name }) => `${name} = NULLIF(@${name}, '${NOTHING}')`).join(', ')
    const written = join(scene.folder('files'), 'sale.csv')
    const door = await openDoor('duckdb:')
    await door.do(`COPY (SELECT * FROM ${readerOf(folder, 'csv')}) TO '${written}' (FORMAT csv, HEADER, NULLSTR '${NOTHING}')`)
    await door.close()
    const project = scene.project({ source: `files:${folder}`, warehouse: warehouse.url, facts: [saleFact] })
    return {
      rows, expected: async () => expected,
      ways: [
        { name: LIMIT, prepare, run: () => measureServer(() => peers.door.do('INSERT INTO copy SELECT * FROM sale')), result },
        {
          name: 'LOAD DATA of the CSV', skip: client.skip, prepare, result,
          run: () => client.run(`"$0" ${flags} --local-infile=1 ${database} --execute="LOAD DATA LOCAL INFILE '${written}' INTO TABLE copy CHARACTER SET utf8mb4 FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\\"' ESCAPED BY '' IGNORE 1 LINES (${texts}) SET ${nulls}"`, env),
        },
        { name: 'starline', run: async () => (await project.run('--run_facts')).figures, result: () => checksum(warehouse.door, 'sale_fact', SALE) },
      ],
    }
  },
}
