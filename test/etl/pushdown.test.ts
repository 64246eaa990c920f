import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createConnection } from 'mysql2/promise'
import type { Connection } from '../../engine/db/connection.ts'
import { ANOTHER_SERVER, staysPut } from '../../engine/db/flow.ts'
import { related as relatedOfMysql } from '../../engine/db/mysql/relation.ts'
import { related as relatedOfPostgres } from '../../engine/db/postgres/relation.ts'
import { openMysql } from '../../engine/db/mysql.ts'
import { openPostgres } from '../../engine/db/postgres.ts'
import { defineConfig } from '../../engine/define-config.ts'
import { date } from '../../engine/dimension/date.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { scd2 } from '../../engine/dimension/scd2.ts'
import { planOf } from '../../engine/cli/plan.ts'
import { databasesOf } from '../../engine/etl/context.ts'
import { reportOf } from '../../engine/etl/report-of.ts'
import { entriesOf } from '../../engine/etl/registry.ts'
import type { Config } from '../../engine/etl/registry.ts'
import type { Fact } from '../../engine/fact/fact.ts'
import type { RefreshReport } from '../../engine/etl/run-all.ts'
import { transaction } from '../../engine/fact/transaction.ts'
import type { Log } from '../../engine/log.ts'
import { silent } from '../../engine/log.ts'
import { source } from '../../engine/source/sql.ts'
import { create } from '../../engine/sql/define-create.ts'
import { loadAll, resultsOf } from '../helpers/refresh.ts'
import { freshDatabase, freshPostgres, inSchema } from '../helpers/servers/index.ts'
import { until } from '../helpers/servers/machine.ts'
import { withPostgres } from '../helpers/servers/postgres.ts'

type Declared = Parameters<typeof defineConfig>[0]

/** A refresh: the form of each table's rows, why they were read, and why they were so after all. */
interface Seen {
  readonly report: RefreshReport
  readonly forms: Readonly<Record<string, unknown>>
  readonly why: readonly string[]
  readonly landed: readonly string[]
  readonly after: readonly string[]
}

/** A source and a warehouse on one server, whose loader may read the source or not. */
interface Place {
  readonly sourceUrl: string
  readonly warehouseUrl: string
  /** As who may do everything, where the source is. */
  run(...statements: readonly string[]): Promise<void>
  readonly grant: string
  open(): Promise<Connection>
  close(): Promise<void>
}

const places: Readonly<Record<string, () => Promise<Place>>> = {
  async MariaDB() {
    const [from, to] = [await freshDatabase('pushed_from'), await freshDatabase('pushed_to')]
    const admin = await createConnection({ uri: from.adminUrl })
    const warehouse = await openMysql(to.url)
    return {
      sourceUrl: from.readerUrl, warehouseUrl: to.url, grant: `GRANT SELECT, SHOW VIEW ON \`${from.name}\`.* TO '${new URL(to.url).username}'@'%'`,
      async run(...statements) { for (const sql of statements) await admin.query(sql) },
      open: () => warehouse.connect(),
      async close() { await Promise.all([admin.end(), warehouse.close()]) },
    }
  },
  async PostgreSQL() {
    const { adminUrl, url, readerUrl } = await freshPostgres('pushed')
    const warehouse = await openPostgres(url)
    return {
      sourceUrl: inSchema(readerUrl, 'public'), warehouseUrl: url,
      grant: `GRANT USAGE ON SCHEMA public TO ${new URL(url).username}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${new URL(url).username}`,
      run: (...statements) => withPostgres(adminUrl, async (client) => { for (const sql of statements) await client.query(sql) }),
      open: () => warehouse.connect(),
      close: () => warehouse.close(),
    }
  },
}

const customer = scd2({
  source: source('SELECT c.id AS customer_id, c.name AS name, c.city AS city FROM customer AS c'), key: 'customer_key', lookup: ['customer_id'], history: ['city'],
  create: create(`CREATE TABLE customer_dim (
    customer_key KEY,
    customer_id INT,
    name VARCHAR(60) NOT NULL,
    city VARCHAR(60),
    valid_from TIMESTAMP NOT NULL,
    valid_to TIMESTAMP,
    is_current BOOLEAN NOT NULL,
    INDEX (customer_id)
  )`),
})
const shop = scd1({
  source: source('SELECT s.code AS shop_code, s.title AS title, s.opened AS opened FROM shop AS s'), key: 'shop_key', lookup: ['shop_code'], unknown: { shop_code: -1 },
  create: create('CREATE TABLE shop_dim (\n shop_key KEY,\n shop_code INT NOT NULL,\n title VARCHAR(80),\n opened DATE,\n UNIQUE (shop_code)\n)'),
})
const calendar = date({ create: create('CREATE TABLE date_dim (\n date_key INT NOT NULL PRIMARY KEY,\n year_number INT NOT NULL\n)'), key: 'date_key', from: '2019-01-01', through: '2022-12-31' })
const saleSource = source('SELECT s.id AS sale_id, s.customer_id AS customer_id, s.shop_code AS shop_code, s.sold_at AS sold_at, s.amount AS amount, s.note AS note FROM sale AS s WHERE s.id > 0')
const saleCreate = `CREATE TABLE sale_fact (
    sale_id BIGINT NOT NULL PRIMARY KEY,
    customer_key INT NOT NULL,
    then_key INT NOT NULL,
    shop_key INT NOT NULL,
    date_key INT NOT NULL,
    local_date_key INT NOT NULL,
    sold_at TIMESTAMP(6),
    amount DECIMAL(12,2),
    note VARCHAR(40)
  )`
const keys = {
  customer_key: { of: customer, by: 'customer_id' },
  then_key: { of: customer, by: 'customer_id', asOf: 'sold_at' },
  shop_key: { of: shop, by: 'shop_code' },
  date_key: { of: calendar, by: 'sold_at' },
  local_date_key: { of: calendar, by: 'sold_at', zone: 'America/New_York', earliest: '2019-06-01' },
} as const

/** The fact, declared otherwise. */
const variant = (more: object): Fact => transaction({ source: saleSource, create: create<string>(saleCreate), keys, total: 'amount', ...more })
const sale = variant({})

/** The same fact where a few members are too many for memory. */
const fewInMemory = (fact: Fact): Fact => ({ ...fact, whyRead: () => 'it is to be read', load: (flow, target) => fact.load(flow, { ...target, mostMembers: Math.max(target.mostMembers ?? 0, 20) }) })

/** Instants around the days on which the clocks of New York change, NULLs, members that nobody knows. */
const sales = Array.from({ length: 400 }, (_, i) => {
  const at = i % 17 === 0 ? 'NULL' : `'${new Date(Date.UTC(2018, 11, 30) + i * 3 * 86_400_000 + (i % 24) * 3_600_000 + 3599_999).toISOString().slice(0, 23).replace('T', ' ')}'`
  return `(${i + 1}, ${i % 13 === 0 ? 'NULL' : i % 29}, ${i % 7}, ${at}, ${i % 11 === 0 ? 'NULL' : `${i}.${String(i % 100).padStart(2, '0')}`}, ${i % 5 === 0 ? 'NULL' : `'Ü ${i} \\t \uD83D\uDE00'`})`
})

/** Two rows as they should be, and another one. */
const sold = (extra: string): readonly string[] => ['DELETE FROM sale', `INSERT INTO sale VALUES ${[sales[0], sales[1], extra].join(', ')}`]

const countsOf = (report: RefreshReport): unknown => report.etls.map(({ counts }) => counts)

const tables = [
  'CREATE TABLE customer (id INT, name VARCHAR(60) NOT NULL, city VARCHAR(60))',
  'CREATE TABLE shop (code INT NOT NULL, title VARCHAR(80), opened DATE)',
  'CREATE TABLE sale (id BIGINT NOT NULL PRIMARY KEY, customer_id INT, shop_code INT, sold_at TIMESTAMP(6) NULL, amount DECIMAL(10,2), note VARCHAR(40))',
  `INSERT INTO customer VALUES ${Array.from({ length: 25 }, (_, i) => `(${i === 24 ? 'NULL' : i}, 'n${i}', ${i % 4 === 0 ? 'NULL' : `'c${i}'`})`).join(', ')}`,
  "INSERT INTO shop VALUES (0, 'zero', '2019-01-01'), (1, 'one', NULL), (2, NULL, '2020-02-29'), (3, 'three ', '0001-01-01'), (5, 'five', '9999-12-31')",
  `INSERT INTO sale VALUES ${sales.join(', ')}`,
]

/** A fact of odd rows: its query, its create's columns, and whether the server copies them by itself. */
interface Odd {
  readonly sql: string
  readonly columns: string
  readonly keys?: object
  readonly stays?: boolean
  /** Why they are read, where that is held. */
  readonly why?: RegExp
}

const asOfOdd = { columns: 'id INT NOT NULL,\n customer_key INT NOT NULL', keys: { customer_key: { of: customer, by: 'id', asOf: 'at' } }, stays: true }
const earlyOdd = { columns: 'id INT NOT NULL,\n date_key INT NOT NULL', keys: { date_key: { of: calendar, by: 'at', earliest: '2020-06-01' } }, stays: true }
const CALLS = /calls the (?:stored )?function/
const whoOf = (type: string): string => `id BIGINT NOT NULL,\n v ${type}`
const pairOf = (columns: string): string => `id INT NOT NULL,\n v ${columns}`

const factOf = (name: string, { sql, columns, ...rest }: Odd, more: object): Fact => {
  const declaredKeys: object = 'keys' in rest ? { keys: rest.keys } : {}
  return transaction({ source: source<{ id: number }>(sql), create: create<string>(`CREATE TABLE ${name}_fact (\n ${columns}\n)`), keys: {}, ...declaredKeys, ...more })
}

/** What makes them, and what they make, with the names of the two users. */
const odds: Readonly<Record<string, (reader: string, loader: string) => { readonly tables: readonly string[], readonly facts: Readonly<Record<string, Odd>> }>> = {
  MariaDB: (reader, loader) => ({
    tables: [
      "SET sql_mode = 'NO_ENGINE_SUBSTITUTION'",
      'CREATE TABLE odd (id INT, day DATE, at DATETIME(6), year_0 YEAR)', "INSERT INTO odd VALUES (1, '2020-00-15', '2020-07-00', 0), (2, '2020-07-01', '2020-07-01', 2020)",
      'CREATE TABLE early (id INT, at DATETIME(6))', "INSERT INTO early VALUES (1, '0000-00-00'), (2, '2020-00-15'), (3, '0001-01-01'), (4, NULL), (5, '2021-01-01')",
      'CREATE TABLE half (id INT, v VARCHAR(10) CHARACTER SET ucs2)', "INSERT INTO half VALUES (1, CONVERT(X'D83D' USING ucs2))",
      `CREATE VIEW mine AS SELECT id AS id FROM sale WHERE id < 10 OR USER() LIKE '${loader}%'`,
      'CREATE FUNCTION who() RETURNS VARCHAR(200) DETERMINISTIC NO SQL SQL SECURITY INVOKER RETURN CURRENT_USER()', 'CREATE FUNCTION hidden() RETURNS VARCHAR(200) DETERMINISTIC NO SQL RETURN USER()',
      ...[reader, loader].map((user) => `GRANT EXECUTE ON FUNCTION who TO '${user}'@'%'`),
      'CREATE SQL SECURITY INVOKER VIEW whose AS SELECT id AS id, who() AS v FROM sale', 'CREATE VIEW hides AS SELECT id AS id, hidden() AS v FROM sale',
      `CREATE VIEW over_mine AS SELECT id AS id FROM mine`, 'CREATE VIEW plain AS SELECT id AS id FROM sale', 'SET sql_mode = DEFAULT',
    ],
    facts: {
      part_of_day: { sql: 'SELECT id, day AS v FROM odd', columns: pairOf('DATE'), stays: true },
      part_of_instant: { sql: 'SELECT id, at AS v FROM odd', columns: pairOf('TIMESTAMP'), stays: true },
      year_zero: { sql: 'SELECT id, year_0 AS v FROM odd', columns: pairOf('YEAR'), stays: false },
      half: { sql: 'SELECT id, v FROM half', columns: pairOf('VARCHAR(10)'), stays: false },
      counted: { sql: 'SELECT CAST(@n := COALESCE(@n, 0) + 1 AS SIGNED) AS id, 1 AS v FROM sale', columns: 'id BIGINT,\n v INT', stays: false },
      me: { sql: "SELECT id, SUBSTRING_INDEX(USER(), '@', 1) AS v FROM sale", columns: pairOf('VARCHAR(200)'), stays: false },
      mine: { sql: 'SELECT id AS id FROM mine', columns: 'id BIGINT', stays: false },
      over_mine: { sql: 'SELECT id AS id FROM over_mine', columns: 'id BIGINT', stays: false },
      who: { sql: 'SELECT id, who() AS v FROM sale', columns: whoOf('VARCHAR(200)'), why: CALLS },
      who_quoted: { sql: 'SELECT id, `who` () AS v FROM sale', columns: whoOf('VARCHAR(200)'), why: CALLS },
      whose: { sql: 'SELECT id, v FROM whose', columns: whoOf('VARCHAR(200)'), why: CALLS },
      hides: { sql: 'SELECT id, v FROM hides', columns: whoOf('VARCHAR(200)'), why: CALLS },
      its_own: { sql: "SELECT id, CONCAT(COALESCE(note, 'none'), CHAR_LENGTH(note)) AS v FROM sale WHERE id IN (1, 2) OR EXISTS (SELECT 1 FROM plain AS p WHERE p.id = 3)", columns: whoOf('TEXT'), stays: true },
      plain: { sql: 'SELECT id AS id FROM plain; -- all', columns: 'id BIGINT', stays: true },
      as_of_odd: { sql: 'SELECT id, at FROM early', ...asOfOdd },
      early_odd: { sql: 'SELECT id, at FROM early', ...earlyOdd },
    },
  }),
  PostgreSQL: (reader, loader) => ({
    tables: [
      'CREATE TABLE early (id INT, at TIMESTAMP)', "INSERT INTO early VALUES (1, 'infinity'), (2, '-infinity'), (3, '0044-03-15 BC'), (4, '12000-01-01'), (5, NULL), (6, '2021-01-01')",
      'CREATE TABLE net (id INT, v INET)', "INSERT INTO net VALUES (1, '1.2.3.4'), (2, '1.2.3.4/24'), (3, '::1')",
      ...[reader, loader].flatMap((user, i) => [
        `CREATE TABLE guarded_${i} AS SELECT id FROM sale`, `ALTER TABLE guarded_${i} ENABLE ROW LEVEL SECURITY`,
        `CREATE POLICY few ON guarded_${i} TO ${user} USING (id < 10)`, `CREATE POLICY all_rows ON guarded_${i} TO ${user === reader ? loader : reader} USING (true)`,
      ]),
      `CREATE VIEW mine AS SELECT id FROM sale WHERE id < 10 OR CURRENT_USER = '${loader}'`, 'CREATE SEQUENCE numbers', `GRANT USAGE ON SEQUENCE numbers TO ${loader}, ${reader}`,
      'CREATE SCHEMA first', `GRANT USAGE ON SCHEMA first TO ${loader}, ${reader}`, `ALTER ROLE ${reader} SET search_path = public, first`,
      'CREATE FUNCTION who() RETURNS TEXT LANGUAGE plpgsql AS $$ BEGIN RETURN CURRENT_USER; END $$', 'CREATE FUNCTION "Liar"() RETURNS TEXT IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN CURRENT_USER; END $$',
      'CREATE FUNCTION few(n BIGINT) RETURNS BOOLEAN LANGUAGE plpgsql AS $$ BEGIN RETURN n < length(CURRENT_USER); END $$', 'CREATE OPERATOR public.?! (RIGHTARG = BIGINT, FUNCTION = few)',
      'CREATE FUNCTION my_few() RETURNS INT LANGUAGE plpgsql AS $$ BEGIN RETURN length(CURRENT_USER); END $$', 'CREATE FUNCTION um(n INT) RETURNS INT LANGUAGE plpgsql AS $$ BEGIN RETURN n; END $$',
      'CREATE VIEW whose AS SELECT id, who() AS v FROM sale', 'CREATE VIEW lies AS SELECT id, "Liar"() AS v FROM sale', 'CREATE VIEW over_lies AS SELECT * FROM lies',
      "CREATE FUNCTION first.which(of BIGINT) RETURNS INT LANGUAGE sql AS 'SELECT 1'", "CREATE FUNCTION public.which(of NUMERIC) RETURNS INT LANGUAGE sql AS 'SELECT 2'",
    ],
    facts: {
      net: { sql: 'SELECT id, v FROM net', columns: pairOf('TEXT'), stays: false },
      hidden_0: { sql: 'SELECT id FROM guarded_0', columns: 'id BIGINT', stays: false },
      hidden_1: { sql: 'SELECT id FROM guarded_1', columns: 'id BIGINT', stays: false },
      mine: { sql: 'SELECT id FROM mine', columns: 'id BIGINT', stays: false },
      numbered: { sql: "SELECT nextval('numbers') AS id FROM sale", columns: 'id BIGINT', stays: false },
      who: { sql: 'SELECT id, who() AS v FROM sale', columns: whoOf('TEXT'), why: CALLS },
      liar: { sql: 'SELECT id, "Liar"() || note AS v FROM sale', columns: whoOf('TEXT'), why: CALLS },
      whose: { sql: 'SELECT id, v FROM whose', columns: whoOf('TEXT'), why: CALLS },
      over_lies: { sql: 'SELECT id, v FROM Over_Lies', columns: whoOf('TEXT'), why: CALLS },
      by_operator: { sql: 'SELECT id FROM sale WHERE ?! id', columns: 'id BIGINT', why: CALLS },
      limited: { sql: 'SELECT id FROM sale ORDER BY id LIMIT my_few()', columns: 'id BIGINT', why: CALLS },
      its_own: { sql: "SELECT s.id, sum(s.id::int)::int AS v FROM sale AS s WHERE coalesce(s.note, 'none') <> 'x' GROUP BY s.id LIMIT 5000", columns: 'id BIGINT,\n v INT', stays: true },
      which: { sql: 'SELECT id, which(id) AS v FROM sale; -- all', columns: 'id BIGINT,\n v INT', stays: true },
      as_of_odd: { sql: 'SELECT id, at FROM early', ...asOfOdd },
      early_odd: { sql: 'SELECT id, at FROM early', ...earlyOdd },
    },
  }),
}

/** Asks for rows of a server that says of itself all that the warehouse's says, and is another one: a lock in the one is none in the other. */
async function likeAnother(server: string): Promise<{ readonly like: unknown, readonly heard: readonly string[] }> {
  const heard: string[] = []
  const answers = (rows: (sql: string) => readonly unknown[][]) => (one: string | { readonly sql: string }) => {
    const sql = typeof one === 'string' ? one : one.sql
    heard.push(sql)
    return Promise.resolve({ rows: rows(sql), fields: [], count: 0 })
  }
  const address = { host: 'one', port: 1, database: 'shop' }
  const side = { address, place: 'here', server: { pid: 7, id: 7, database: 'now 1 shop', life: { server: 'db:3306:1', startedAt: 1 }, path: [] }, together: (work: () => unknown) => work() }
  const [from, to] = [{ ...side, run: answers((sql) => [[/GET_LOCK/.test(sql) ? '1' : 't']]) }, { ...side, run: answers((sql) => (/IS_USED_LOCK/.test(sql) ? [[null]] : [])) }]
  const like = server === 'MariaDB' ? await relatedOfMysql('SELECT 1', from as never, to as never) : await relatedOfPostgres({ sql: 'SELECT 1', values: [] }, from as never, to as never)
  return { like, heard }
}

for (const [server, make] of Object.entries(places)) {
  describe(`rows whose source is on the warehouse's own server, ${server}`, () => {
    let place: Place, session: Connection
    before(async () => {
      place = await make()
      session = await place.open()
      await place.run(...tables)
    })
    after(async () => {
      await session.close()
      await place.close()
    })
    const rowsOf = async (etl: string): Promise<unknown> => (await session.tablesLike(`${etl}_fact`)).length === 0 ? undefined : session.query(`SELECT * FROM ${etl}_fact ORDER BY 1`)
    const clear = async (): Promise<void> => {
      for (const prefix of ['etl_', 'customer_dim', 'shop_dim', 'date_dim', 'sale_fact']) {
        for (const table of await session.tablesLike(prefix)) await session.execute(session.dialect.dropTable(table))
      }
    }
    beforeEach(clear)

    const config = (facts: Declared['facts'] = { sale }, dimensions: Declared['dimensions'] = { customer, shop, date: calendar }, from = place.sourceUrl): Config =>
      defineConfig({ source: from, warehouse: place.warehouseUrl, logs: false, dimensions, facts })
    /** A refresh, and the form in which each table's rows went in. */
    async function load(...declared: Parameters<typeof config>): Promise<Seen> {
      const forms: Record<string, unknown> = {}
      const [afterAll, why, landed]: [string[], string[], string[]] = [[], [], []]
      const log: Log = { ...silent, info(message, fields) {
        if (fields?.['event'] === 'landing' && typeof fields['name'] === 'string') landed.push(fields['name'])
        if (typeof fields?.['why'] === 'string') why.push(fields['why'])
        if (fields?.['event'] === 'load') forms[String(fields['name'])] = fields['form']
        if (fields?.['event'] === 'rows-needed') afterAll.push(message)
      } }
      return { report: await loadAll(config(...declared), undefined, { log }), forms, why, landed, after: afterAll }
    }
    const contents = async (): Promise<unknown> => {
      const quote = session.dialect.quote
      const all: Record<string, unknown> = {}
      // Versions begin when they are loaded.
      const columns = { customer_dim: 'customer_key, customer_id, name, city, is_current', shop_dim: '*', date_dim: '*', sale_fact: '*' }
      for (const [table, what] of Object.entries(columns)) all[table] = await session.query(`SELECT ${what} FROM ${quote(table)} ORDER BY 1`)
      return all
    }

    it('are read where the loader may not read the source', async () => {
      const { forms, report } = await load()
      assert.deepEqual(resultsOf(report), [['dimension', 'customer', 25], ['dimension', 'shop', 5], ['dimension', 'date', 1461], ['fact', 'sale', 400]])
      assert.ok(Object.values(forms).every((form) => form !== 'relation'), JSON.stringify(forms))
    })

    it('land in the warehouse where a dimension is too large for memory, and make the same table', async () => {
      const read = await load()
      const before = await contents()
      await clear()
      const landed = await load({ sale: fewInMemory(sale) })
      assert.deepEqual(landed.landed, ['sale'])
      assert.deepEqual(landed.after, [])
      assert.deepEqual(resultsOf(landed.report), resultsOf(read.report))
      assert.deepEqual(countsOf(landed.report), countsOf(read.report))
      assert.deepEqual(await contents(), before)
      assert.deepEqual(await session.tablesLike('sale_fact__'), [], 'the landing is dropped')
    })

    it('are looked up in memory after all where one of those that landed finds nobody, so that it is told', async () => {
      const { report, after: told, landed } = await load({ sale: fewInMemory(variant({ keys: { ...keys, shop_key: { of: shop, by: 'shop_code', onMissing: 'fail' } } })) })
      assert.deepEqual(landed, ['sale'])
      assert.match(told.join(), /some of them find nobody for shop_key/)
      assert.match(String(report.etls.at(-1)?.error), /rows find no member.*shop_code 4/)
      assert.deepEqual(await session.tablesLike('sale_fact'), [])
    })

    it('are read where a live dimension has two members of a lookup that the create has as a key', async () => {
      await place.run(place.grant)
      await load()
      const loose = scd1({ source: source("SELECT s.code AS shop_code FROM shop AS s"), key: 'shop_key', lookup: ['shop_code'], create: create('CREATE TABLE loose_dim (\n shop_key INT NOT NULL PRIMARY KEY,\n shop_code INT NOT NULL,\n UNIQUE (shop_code)\n)') })
      await session.execute('CREATE TABLE loose_dim (shop_key INTEGER NOT NULL PRIMARY KEY, shop_code INTEGER NOT NULL)')
      await session.execute('INSERT INTO loose_dim VALUES (-1, -1), (1, 1), (2, 2), (3, 2)')
      const fact = variant({ keys: { ...keys, shop_key: { of: loose, by: 'shop_code' } } })
      for (const each of [fact, variant({ keys: { ...keys, shop_key: { of: loose, by: 'shop_code' } }, create: create<string>(saleCreate.replace(' PRIMARY KEY', '')) })]) {
        const { report, after: told } = await load({ sale: each }, { customer, shop, date: calendar })
        assert.match(told.join(), /shop_key may find others by a join/)
        assert.match(String(report.etls.at(-1)?.error), /a lookup names several members.*shop_code 2 has shop_key 2 and 3/)
      }
      await session.execute('DROP TABLE loose_dim')
    })

    it('find a live member without a lookup, which the create does not allow, as a look at each row does', async () => {
      await place.run(place.grant, 'INSERT INTO sale VALUES (9001, 1, NULL, NULL, 1.00, NULL)')
      try {
        await load()
        const loose = scd1({ source: source('SELECT s.code AS shop_code FROM shop AS s'), key: 'shop_key', lookup: ['shop_code'], create: create('CREATE TABLE loose_dim (\n shop_key INT NOT NULL PRIMARY KEY,\n shop_code INT NOT NULL,\n UNIQUE (shop_code)\n)') })
        await session.execute('CREATE TABLE loose_dim (shop_key INTEGER NOT NULL PRIMARY KEY, shop_code INTEGER UNIQUE)')
        await session.execute('INSERT INTO loose_dim VALUES (-1, -1), (1, 1), (2, NULL)')
        const { report, after: told } = await load({ sale: variant({ keys: { ...keys, shop_key: { of: loose, by: 'shop_code' } } }) }, { customer, shop, date: calendar })
        resultsOf(report)
        assert.match(told.join(), /shop_key may find others by a join/)
        assert.deepEqual(await session.query('SELECT shop_key FROM sale_fact WHERE sale_id = 9001'), [{ shop_key: 2 }])
      } finally {
        await session.execute('DROP TABLE IF EXISTS loose_dim')
        await place.run('DELETE FROM sale WHERE id = 9001')
      }
    })

    it('are looked up in memory where an instant by which one of those that land is looked up is none, which finds nobody there', async () => {
      const odd = server === 'PostgreSQL' ? ["INSERT INTO sale VALUES (9001, 1, 1, 'infinity', 1, NULL)"] : ["SET sql_mode = ''", "INSERT INTO sale VALUES (9001, 1, 1, '0000-00-00 00:00:00', 1, NULL)"]
      const timeless = variant({ create: create<string>(saleCreate.replace(/ *sold_at .*\n/, '')) })
      try {
        await place.run(...odd)
        const read = await load({ sale: { ...timeless, whyRead: () => 'it is to be read' } })
        resultsOf(read.report)
        const before = await contents()
        await clear()
        const { report, landed, after: told } = await load({ sale: fewInMemory(timeless) })
        resultsOf(report)
        assert.deepEqual([landed, /is none/.test(told.join())], [['sale'], true], told.join())
        assert.deepEqual(await contents(), before)
        assert.deepEqual(await session.tablesLike('sale_fact__'), [], 'the landing is dropped')
      } finally {
        await place.run('DELETE FROM sale WHERE id = 9001')
      }
    })

    it('are set aside once, where they land and are looked up in memory after all', async () => {
      await load()
      for (const key of [901, 902]) await session.execute(`INSERT INTO customer_dim (customer_key, customer_id, name, valid_from, is_current) VALUES (${key}, 700, 'n', TIMESTAMP '2020-01-01 00:00:00', TRUE)`)
      const narrow = variant({ create: create<string>(saleCreate.replace('DECIMAL(12,2)', 'DECIMAL(4,2)')), onBadRow: 'quarantine', maxBadRows: 300 })
      const { report, after: told, landed } = await load({ sale: fewInMemory(narrow) })
      assert.deepEqual(landed, ['sale'])
      assert.match(told.join(), /customer_key may find others by a join/)
      const { read = 0, rejected = 0, staged } = report.etls.at(-1)?.counts ?? {}
      assert.deepEqual([read, rejected, staged], [400, 273, 127], String(report.etls.at(-1)?.error))
    })

    it('are looked up in memory where a join could not do the same, however many members there are', async () => {
      const { report, landed } = await load({ sale: fewInMemory(variant({ keys: { ...keys, shop_key: { of: shop, by: 'shop_code', onMissing: 'reject' } } })) })
      assert.deepEqual(landed, [])
      assert.ok((report.etls.at(-1)?.counts?.rejected ?? 0) > 0)
    })

    it('stay there where it may, and make the same tables', async () => {
      const read = await load()
      const before = await contents()
      await clear()
      await place.run(place.grant)
      const copied = await load()
      assert.deepEqual(copied.forms, { customer: 'relation', shop: 'relation', date: 'values', sale: 'relation' })
      assert.deepEqual(copied.after, [])
      assert.deepEqual(copied.report.etls.map(({ flow }) => flow), ['relation', 'relation', 'values', 'relation'].map((form) => ({ form })))
      const [last] = await session.query<{ id: string }>('SELECT id FROM etl_refresh ORDER BY started_at DESC LIMIT 1')
      const told = await reportOf(session, last?.id ?? '', entriesOf(config()))
      assert.deepEqual(told.etls.map(({ flow, counts }) => ({ flow, counts })), copied.report.etls.map(({ flow, counts }) => ({ flow, counts: counts && JSON.parse(JSON.stringify(counts)) })), 'the ledger tells the same')
      assert.deepEqual(resultsOf(copied.report), resultsOf(read.report))
      assert.deepEqual(countsOf(copied.report), countsOf(read.report))
      assert.deepEqual(await contents(), before)
    })

    it('are joined with members in memory where the server holds none by itself and they are few, and make the same table in every case', async () => {
      await place.run(place.grant)
      await load()
      const before = await contents()
      for (const [mostMembers, held] of [[0, []], [10, ['shop_dim']], [30, ['customer_dim', 'customer_dim', 'shop_dim']], [undefined, ['customer_dim', 'customer_dim', 'shop_dim', 'date_dim', 'date_dim']]] as const) {
        const filled: string[] = []
        const { report } = await load({ sale: { ...sale, load: (flow, target) => {
          assert.ok(staysPut(flow), 'the rows stay')
          const { rows } = flow
          const told = { ...flow, rows: { ...rows, fill: (sql: string) => (filled.push(sql), rows.fill(sql)) } }
          return sale.load(told, { ...target, ...mostMembers !== undefined && { mostMembers } })
        } } }, {})
        resultsOf(report)
        const joined = [...(filled[0] ?? '').matchAll(/\bFROM (?:\S+\.)?\W?(\w+_dim)\W[^\n]* LIMIT \d+\) AS d/g)].map(([, table]) => table)
        assert.deepEqual(joined, server === 'MariaDB' ? held : [], `with at most ${mostMembers ?? 'so many as the server takes'}`)
        assert.deepEqual(await contents(), before)
      }
    })

    it('stay there where the URLs name the host in two ways, and are read where the server is only like the other', async () => {
      await place.run(place.grant)
      const url = new URL(place.sourceUrl)
      url.hostname = url.hostname === 'localhost' ? '127.0.0.1' : 'localhost'
      const { forms, report } = await load({}, { customer }, url.href)
      resultsOf(report)
      assert.deepEqual(forms, { customer: 'relation' }, report.etls[0]?.flow?.why)
      const { heard, like } = await likeAnother(server)
      assert.equal(like, ANOTHER_SERVER)
      assert.ok(heard.some((sql) => /lock/i.test(sql)), heard.join('\n'))
    })

    it('make of odd rows what reading makes of them, and of what is something else to each user', async () => {
      await clear()
      const { tables: odd, facts } = odds[server]!(new URL(place.sourceUrl).username, new URL(place.warehouseUrl).username)
      await place.run(...odd, place.grant)
      const declared = Object.entries(facts).flatMap(([name, fact]) => [[name, factOf(name, fact, {})] as const, [`${name}_read`, factOf(`${name}_read`, fact, { transform: (row: object) => row })] as const])
      const withPath = new URL(place.sourceUrl)
      withPath.searchParams.delete('schema')
      const { report, forms } = await load(Object.fromEntries(declared), { customer, date: calendar }, withPath.href)
      for (const [name, { stays = false, why }] of Object.entries(facts)) {
        const [etl, read] = [name, `${name}_read`].map((each) => report.etls.find((one) => one.name === each))
        assert.equal(etl?.error && String(etl.error), read?.error && String(read.error).replaceAll(`${name}_read`, name), name)
        assert.deepEqual(etl?.counts, read?.counts, name)
        assert.deepEqual(await rowsOf(name), await rowsOf(`${name}_read`), name)
        if (why !== undefined) assert.match(etl?.flow?.why ?? '', why, name)
        assert.equal(forms[name] === 'relation', stays, `${name} is ${String(forms[name])}: ${etl?.flow?.why ?? ''}`)
      }
    })

    describe('are read after all', () => {
      before(async () => place.run(place.grant))

      afterEach(async () => place.run('DELETE FROM sale', `INSERT INTO sale VALUES ${sales.join(', ')}`, 'DELETE FROM customer WHERE id = 700', 'DELETE FROM shop WHERE code = 700'))

      it('where a lookup finds nobody that must find somebody, so that the row is told', async () => {
        const { report, after: told, forms } = await load({ sale: variant({ keys: { ...keys, shop_key: { of: shop, by: 'shop_code', onMissing: 'fail' } } }) })
        assert.equal(forms['sale'], 'relation')
        assert.match(told.join(), /some of them find nobody for shop_key/)
        assert.match(String(report.etls.at(-1)?.error), /rows find no member.*shop_code 4/)
      })

      it('where rows without a member are left out and counted', async () => {
        const { report, forms } = await load({ sale: variant({ keys: { ...keys, shop_key: { of: shop, by: 'shop_code', onMissing: 'reject' } } }) })
        assert.notEqual(forms['sale'], 'relation')
        const counts = report.etls.at(-1)?.counts
        assert.ok(counts !== undefined && counts.rejected > 0 && counts.staged === counts.read - counts.rejected, JSON.stringify(counts))
      })

      it('where a member comes twice: the row that names it is told', async () => {
        resultsOf((await load()).report)
        await session.execute(`INSERT INTO customer_dim (customer_key, customer_id, name, city, valid_from, valid_to, is_current) SELECT 900, customer_id, name, city, valid_from, valid_to, is_current FROM customer_dim WHERE customer_id = 3`)
        const { report, after: told } = await load({ sale }, {})
        assert.match(told.join(), /customer_key may find others by a join/)
        assert.match(String(report.etls.at(-1)?.error), /customer_id 3 has customer_key \d+ and \d+/)
      })

      it('where a value is missing that the table must have, so that the row is told or set aside', async () => {
        await place.run("INSERT INTO shop VALUES (700, NULL, NULL)")
        const strict = create('CREATE TABLE shop_dim (\n shop_key KEY,\n shop_code INT NOT NULL,\n title VARCHAR(80) NOT NULL,\n opened DATE,\n UNIQUE (shop_code)\n)')
        const shopOf = (more: object): typeof shop => scd1({ source: shop.source, create: strict, key: 'shop_key', lookup: ['shop_code'], unknown: { shop_code: -1 }, ...more })
        const failed = await load({}, { shop: shopOf({}) })
        assert.match(failed.after.join(), /have no value where the table asks for one/)
        assert.match(String(failed.report.etls[0]?.error), /column title: row \d+ \(shop_code 2\) brings a value that the table can't hold/)
        const aside = await load({}, { shop: shopOf({ onBadRow: 'quarantine' }) })
        assert.deepEqual(aside.report.etls[0]?.flow, { form: 'bytes', why: 'some of them have no value where the table asks for one' })
        assert.deepEqual(resultsOf(aside.report), [['dimension', 'shop', 4]])
        assert.deepEqual(await session.tablesLike('shop_dim__'), [], 'nothing is left of the first try')
      })

      it('where a value is one that no other database has', async () => {
        const odd = server === 'MariaDB' ? "'0000-05-05 00:00:00'" : "'infinity'"
        await place.run(...server === 'MariaDB' ? ['ALTER TABLE sale MODIFY sold_at DATETIME(6) NULL'] : [], ...sold(`(3, 1, 1, ${odd}, 1.00, NULL)`))
        const { report, after: told, forms } = await load()
        assert.equal(forms['sale'], 'relation')
        assert.match(told.join(), /the warehouse does not take them by itself/)
        assert.match(String(report.etls.at(-1)?.error), /row 3 \(sale_id 3\) brings a value/)
        assert.deepEqual(await session.tablesLike('sale_fact'), [])
      })

      it('where not all that can be in a column goes into the table', async () => {
        const narrow = create(sale.create.definition(session.dialect.name).table === 'sale_fact' ? saleCreate.replace('VARCHAR(40)', 'VARCHAR(39)') : '')
        const { forms, why, report } = await load({ sale: variant({ create: narrow }) })
        assert.notEqual(forms['sale'], 'relation')
        assert.match(why.join(), /column note is text of at most 40 characters at the source/)
        resultsOf(report)
      })

      it('where the order of a source gives the members their keys, if a statement would lose it', async () => {
        const ordered = scd1({ source: source<{ shop_code: number, title: string, opened: string }>('(SELECT s.code AS shop_code, s.title AS title, s.opened AS opened FROM shop AS s ORDER BY s.code DESC)'), create: shop.create, key: 'shop_key', lookup: ['shop_code'], unknown: { shop_code: -1 } })
        resultsOf((await load({}, { shop: ordered })).report)
        assert.deepEqual((await session.query('SELECT shop_code FROM shop_dim WHERE shop_key > 0 ORDER BY shop_key')).map((row) => Number(row['shop_code'])), [5, 3, 2, 1, 0])
      })
    })

    it('say whose they are where somebody ends their statement', async () => {
      await clear()
      await place.run(place.grant)
      const isMaria = server === 'MariaDB'
      const slow = factOf('slow', { sql: isMaria ? 'SELECT id AS id, SLEEP(0.1) AS v FROM sale' : 'SELECT id AS id, length(pg_sleep(0.1)::text) AS v FROM sale', columns: 'id BIGINT,\n v BIGINT' }, {})
      const loading = load({ slow }, {})
      const found = isMaria ? "SELECT id AS id FROM information_schema.processlist WHERE info LIKE 'INSERT INTO%slow\\_fact%SLEEP%'"
        : "SELECT pid AS id FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'INSERT INTO%slow_fact%pg_sleep%'"
      const running = await until('the server copies the rows', async () => (await session.query(found))[0])
      await session.query(isMaria ? `KILL QUERY ${Number(running['id'])}` : `SELECT pg_cancel_backend(${Number(running['id'])})`)
      const { report, forms, after: told } = await loading
      assert.deepEqual([forms['slow'], told], ['relation', []])
      assert.match(String(report.etls[0]?.error), /fact slow, table slow_fact.*the statement was ended by somebody else/)
    })

    it('are planned as read where their source does not answer, which is waited for once', async () => {
      let asked = 0
      const silentServer = createServer((socket) => { asked += 1; socket.on('error', () => {}) })
      await new Promise<void>((resolve) => { silentServer.listen(0, '127.0.0.1', resolve) })
      const url = new URL(place.sourceUrl)
      const { port } = silentServer.address() as AddressInfo
      url.port = String(port)
      const declared = defineConfig({ source: url.href, warehouse: place.warehouseUrl, logs: false, dimensions: { customer, shop }, facts: {}, deadlines: { connectSeconds: 1 } })
      const databases = databasesOf(declared)
      try {
        const plan = await planOf(session, { config: declared, source: (name) => databases.source(name), signal: new AbortController().signal, log: silent }, { drop: [], picked: [], run: entriesOf(declared) }, false)
        for (const { steps: [first] } of plan.etls) assert.match(first?.title ?? '', /it can't be asked now/)
        assert.equal(asked, 1)
      } finally {
        await databases.close()
        silentServer.close()
      }
    })

    it('are shown as they go in by a plan, with the reason where they are read', async () => {
      await place.run(place.grant)
      const databases = databasesOf(config())
      try {
        const plan = await planOf(session, { config: config(), source: (name) => databases.source(name), signal: new AbortController().signal, log: silent }, { drop: [], picked: [], run: entriesOf(config()) }, false)
        const steps = plan.etls.map(({ name: etl, steps: of }) => `${etl}: ${of.map(({ title }) => title).join(' | ')}`)
        assert.match(steps.find((text) => text.startsWith('shop')) ?? '', /let the warehouse itself read the default source, whose rows never leave it.*let the warehouse copy the source/)
        assert.match(steps.find((text) => text.startsWith('sale')) ?? '', /let the warehouse copy the rows with their keys/)
        const insert = plan.etls.find(({ name: etl }) => etl === 'sale')?.steps.find(({ title }) => title.startsWith('let the warehouse copy'))?.sql ?? ''
        assert.equal(/few enough members for a join in memory/.test(steps.join()), server === 'MariaDB', 'PostgreSQL needs no word for it')
        assert.match(insert, server === 'MariaDB' ? /LEFT JOIN \(SELECT .*shop_dim__r1. WHERE .* LIMIT \d+\) AS d3 ON/ : /LEFT JOIN \(SELECT .*shop_dim__r1. WHERE [^L]*\) AS d3 ON/)
      } finally {
        await databases.close()
      }
    })
  })
}
