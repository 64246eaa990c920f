import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { LIMIT } from '../case.ts'
import type { Case, Way } from '../case.ts'
import { checksum } from '../checksum.ts'
import { columnsOf, createOf, fill, PARTIES, SALE } from '../data.ts'
import type { Column } from '../data.ts'
import { measureNode, measureServer } from '../measure.ts'
import type { Figures } from '../measure.ts'
import { addressOf, programs, python } from '../programs.ts'
import type { EtlText } from '../project.ts'
import { createText, factOf, inRanges, linesOf, partyOf, saleFact } from '../star.ts'
import { WORK_IMPORTS, workOn } from '../work.ts'
import type { Place, Scene } from '../scene.ts'

const KNEX = new URL('../ways/knex.mjs', import.meta.url).pathname
const PYGRAMETL = new URL('../ways/pygrametl_fact.py', import.meta.url)

/** The table of the source, an empty database for each of the others, and who copies into it. */
interface Stage {
  readonly shop: Place
  readonly peers: Place
  readonly warehouse: Place
  /** A way that fills `sale` in the database of the peers, which is emptied before. */
  readonly peer: (name: string, run: () => Promise<Figures>, skip?: string) => Way
}

async function stageOf(scene: Scene, rows: number, columns: readonly Column[]): Promise<Stage> {
  const [shop, peers, warehouse] = [await scene.mariadb('shop'), await scene.mariadb('peers'), await scene.mariadb('warehouse')]
  await fill(shop.door, 'sale', SALE, 'sale_id', rows, scene.seed)
  const prepare = (): Promise<void> => peers.door.do('DROP TABLE IF EXISTS sale', createOf('sale', columns, 'sale_id', peers.door.words))
  return {
    shop, peers, warehouse,
    peer: (name, run, skip) => ({ name, skip, prepare, run, result: () => checksum(peers.door, 'sale', columns) }),
  }
}

/** By what the server itself does with a query. */
const limitOf = ({ peer, peers }: Stage, query: string): Way => peer(LIMIT, () => measureServer(() => peers.door.do(`INSERT INTO sale ${query}`)))

function pygrametlOf({ peer, shop, peers }: Stage, columns: readonly Column[], lookups: readonly string[] = []): Way {
  const { run, skip } = python('pygrametl', 'MySQLdb')
  const { hostname, port, username } = new URL(shop.adminUrl)
  return peer('pygrametl BulkFactTable', () => run(PYGRAMETL, hostname, port, username, shop.name, peers.name, columnsOf(columns), ...lookups), skip)
}

/** What is loaded, and into which columns. */
interface Loaded {
  readonly columns: readonly Column[]
  readonly fact: EtlText
  readonly dimensions?: readonly EtlText[]
}

/** By bytes, in two ranges side by side, and inside of the server: where its user may read the source. */
async function starlineWays(scene: Scene, { shop, warehouse }: Stage, { columns, fact: text, dimensions = [] }: Loaded): Promise<Way[]> {
  const inside = await scene.mariadb('inside')
  await shop.door.do(`GRANT SELECT ON \`${shop.name}\`.* TO '${new URL(inside.url).username}'@'%'`)
  const way = async (name: string, to: Place, facts: readonly EtlText[]): Promise<Way> => {
    const project = scene.project({ source: shop.readerUrl, warehouse: to.url, dimensions, facts })
    if (dimensions.length > 0) await project.run('--run_dimensions')
    return { name, run: async () => (await project.run('--run_facts')).figures, result: () => checksum(to.door, 'sale_fact', columns) }
  }
  return [
    await way('starline', warehouse, [text]), await way('starline, two ranges', warehouse, [inRanges(text)]),
    await way('starline, inside of the server', inside, [text]),
  ]
}

export const fact: Case = {
  name: 'fact',
  about: 'A fact of twelve columns without lookups, from MariaDB to MariaDB.',
  async open(scene, { rows }) {
    const stage = await stageOf(scene, rows, SALE)
    const { shop, peers, peer } = stage
    const [from, to] = [addressOf(shop.adminUrl), addressOf(peers.adminUrl)]
    const [client, dump, mydumper] = [programs('mariadb|mysql'), programs('mariadb-dump|mysqldump', 'mariadb|mysql'), programs('mydumper', 'myloader')]
    const [folder, dumped] = [scene.folder('files'), join(scene.folder('dump'), 'sale')]
    const file = join(folder, 'sale.tsv')
    // Where the server is not on this machine, its file is not either.
    await shop.door.do(`SELECT * FROM sale INTO OUTFILE '${file}' CHARACTER SET utf8mb4`).catch(() => undefined)
    return {
      rows, expected: () => checksum(shop.door, 'sale', SALE),
      ways: [
        limitOf(stage, `SELECT * FROM ${shop.name}.sale`),
        peer('LOAD DATA of a ready file', () => client.run(
          `"$0" ${to.flags} --local-infile=1 ${to.database} --execute="LOAD DATA LOCAL INFILE '${file}' INTO TABLE sale CHARACTER SET utf8mb4"`, to.env,
        ), existsSync(file) ? client.skip : 'the server can\'t write a file here'),
        peer('mydumper and myloader', () => mydumper.run(`rm -rf ${dumped}
          "$0" ${from.flags} --database=${from.database} --threads=2 --rows=${Math.ceil(rows / 8)} --outputdir=${dumped} --no-locks >&2
          "$1" ${to.flags} --database=${to.database} --threads=2 --overwrite-tables --directory=${dumped} >&2`, from.env), mydumper.skip),
        peer('mysqldump into mysql', () => dump.run(`"$0" ${from.flags} --single-transaction ${from.database} sale | "$1" ${to.flags} ${to.database}`, from.env), dump.skip),
        pygrametlOf(stage, SALE),
        peer('knex batchInsert', async () => (await measureNode([KNEX, shop.adminUrl, 'sale', peers.adminUrl, 'sale'])).figures),
        ...await starlineWays(scene, stage, { columns: SALE, fact: saleFact }),
      ],
    }
  },
}

/** Columns of the fact that has keys: first they, then what the source brings. */
const KEYED: readonly Column[] = [
  ...['date_key', ...PARTIES.map(({ name }) => `${name}_key`)].map((name): Column => ({ name, type: 'INT NOT NULL', form: 'integer', value: () => '0' })),
  ...SALE.filter(({ name }) => !PARTIES.some((party) => name === `${party.name}_id`)),
]

export const factLookups: Case = {
  name: 'fact_lookups',
  about: `The same with the keys of four dimensions (${PARTIES.map(({ name, count }) => `${name}: ${count.toLocaleString('en-US')} members`).join(', ')}) and of a calendar; some buyers are not known. The limit joins; Starline looks keys up in its memory, or in the server's where the rows stay inside of it.`,
  async open(scene, { rows }) {
    const stage = await stageOf(scene, rows, KEYED)
    const { shop, peers, warehouse } = stage
    for (const { name, count, columns } of PARTIES) await fill(shop.door, name, columns, `${name}_id`, count, scene.seed)
    const { dimensions, fact: keyed } = factOf(KEYED)
    const ways = await starlineWays(scene, stage, { columns: KEYED, fact: keyed, dimensions })
    for (const { name } of PARTIES) await peers.door.do(`CREATE TABLE ${name}_dim AS SELECT * FROM ${warehouse.name}.${name}_dim`, `ALTER TABLE ${name}_dim ADD PRIMARY KEY (${name}_key), ADD UNIQUE (${name}_id)`)
    const joined = `SELECT ${KEYED.map(({ name }) => name === 'date_key' ? `${peers.door.words.dayNumber('s.sold_at')} AS date_key` : name.endsWith('_key') ? `COALESCE(${name}, -1) AS ${name}` : `s.${name}`).join(', ')} FROM ${shop.name}.sale AS s ${
      PARTIES.map(({ name }) => `LEFT JOIN ${name}_dim ON ${name}_dim.${name}_id = s.${name}_id`).join(' ')}`
    return {
      rows, expected: () => checksum(peers.door, `(${joined}) AS joined`, KEYED),
      ways: [
        limitOf(stage, joined),
        pygrametlOf(stage, KEYED, PARTIES.flatMap(({ name }) => [`${name}_dim`, `${name}_key`, `${name}_id`])),
        ...ways,
      ],
    }
  },
}

export const factMembers: Case = {
  name: 'fact_members',
  about: 'The same with the key of one dimension, which is as great as dimensions are here: its memory beside that of the fact without lookups is what a lookup costs.',
  async open(scene, { rows, members }) {
    const columns = SALE.map((column) => column.name === 'buyer_id' ? { ...column, name: 'buyer_key' } : column)
    const stage = await stageOf(scene, rows, columns)
    const { shop, peers, warehouse } = stage
    const [buyer] = PARTIES
    await fill(shop.door, 'buyer', buyer!.columns, 'buyer_id', members, scene.seed)
    const who = `1 + (s.sale_id * 7919) % ${members}`
    const project = scene.project({
      source: shop.readerUrl, warehouse: warehouse.url, dimensions: [partyOf(buyer!)],
      facts: [{
        ...saleFact, uses: ['buyer'], more: "keys: { buyer_key: { of: buyer, by: 'buyer_id' } },", create: createText('sale_fact', [...linesOf(columns), 'PRIMARY KEY (sale_id)']),
        source: saleFact.source!.replace('s.buyer_id', who),
      }],
    })
    await project.run('--run_dimensions')
    await peers.door.do(`CREATE TABLE buyer_dim AS SELECT * FROM ${warehouse.name}.buyer_dim`, 'ALTER TABLE buyer_dim ADD PRIMARY KEY (buyer_key), ADD UNIQUE (buyer_id)')
    const joined = `SELECT ${columns.map(({ name }) => name === 'buyer_key' ? 'COALESCE(buyer_key, -1) AS buyer_key' : `s.${name}`).join(', ')} FROM ${shop.name}.sale AS s LEFT JOIN buyer_dim ON buyer_dim.buyer_id = ${who}`
    return {
      rows, expected: () => checksum(peers.door, `(${joined}) AS joined`, columns),
      ways: [
        limitOf(stage, joined),
        { name: 'starline', run: async () => (await project.run('--run_facts')).figures, result: () => checksum(warehouse.door, 'sale_fact', columns) },
      ],
    }
  },
}

export const factFunction: Case = {
  name: 'fact_function',
  about: 'The same without lookups, with a function of each row that changes two of its columns; the limit does it in SQL.',
  async open(scene, { rows }) {
    const stage = await stageOf(scene, rows, SALE)
    const { shop, warehouse } = stage
    const changed = `SELECT ${SALE.map(({ name }) => name === 'channel' ? 'UPPER(channel) AS channel' : name === 'note' ? "COALESCE(note, 'none') AS note" : name).join(', ')} FROM ${shop.name}.sale`
    const transform = "transform: (row) => ({ ...row, channel: String(row.channel).toUpperCase(), note: row.note ?? 'none' }),"
    return {
      rows, expected: () => checksum(shop.door, `(${changed}) AS changed`, SALE),
      ways: [limitOf(stage, changed), ...functionWays(scene, shop, warehouse, { ...saleFact, more: `${saleFact.more}\n  ${transform}` })],
    }
  },
}

/** In one go and in two ranges, of which a thread of the process takes one where the function keeps the first one busy. */
function functionWays(scene: Scene, shop: Place, warehouse: Place, text: EtlText, imports?: string): Way[] {
  const way = (name: string, one: EtlText): Way => {
    const project = scene.project({ source: shop.readerUrl, warehouse: warehouse.url, facts: [one], ...imports !== undefined && { imports } })
    return { name, run: async () => (await project.run('--run_facts')).figures, result: () => checksum(warehouse.door, 'sale_fact', SALE) }
  }
  return [way('starline', text), way('starline, two ranges', inRanges(text))]
}

export const factWork: Case = {
  name: 'fact_work',
  about: 'A fiftieth of the rows, with a function of each row that takes one and a half milliseconds and leaves it as it is.',
  async open(scene, { rows }) {
    const few = Math.max(1_000, Math.round(rows / 50))
    const { shop, warehouse } = await stageOf(scene, few, SALE)
    return {
      rows: few, expected: () => checksum(shop.door, 'sale', SALE),
      ways: functionWays(scene, shop, warehouse, { ...saleFact, more: `${saleFact.more}${workOn('channel')}` }, WORK_IMPORTS),
    }
  },
}
