import assert from 'node:assert/strict'
import { openPostgres } from '../../engine/db/postgres.ts'
import { create, defineConfig, scd1, source } from '../../engine/index.ts'
import type { Config } from '../../engine/index.ts'
import { failureOf } from '../db/mysql/helpers.ts'
import { saidOf } from '../helpers/refresh.ts'
import { freshPostgres, SCHEMA } from '../helpers/servers/index.ts'
import type { FreshDatabase } from '../helpers/servers/index.ts'
import { grantsOf } from '../helpers/servers/grants.ts'
import { withPostgres } from '../helpers/servers/postgres.ts'
import { textRows } from '../helpers/text-rows.ts'

const school = scd1({
  source: source('SELECT s.id AS school_id,\n k.label AS name\n FROM school AS s\n JOIN codes.kind AS k ON k.id = s.kind'),
  create: create<string>("CREATE TABLE school_dim (\n school_key KEY,\n school_id INT NOT NULL,\n name VARCHAR(20) COMMENT 'what it is'\n)"),
  key: 'school_key', lookup: ['school_id'],
})

const userOf = (url: string): string => new URL(url).username

describe('the grants of PostgreSQL', () => {
  let here: FreshDatabase
  let config: Config
  const roles: string[] = []
  const asAdmin = (sql: string): Promise<unknown> => withPostgres(here.adminUrl, (client) => client.query(sql))
  /** Another role, gone at the end with what it owns. */
  async function newRole(name: string): Promise<string> {
    const role = `${name}_${process.pid}`
    await asAdmin(`CREATE ROLE ${role}`)
    roles.push(role)
    return role
  }

  before(async () => {
    here = await freshPostgres('grants')
    await asAdmin(`CREATE TABLE ${SCHEMA}.school (id INT, kind INT); INSERT INTO ${SCHEMA}.school VALUES (1, 1), (2, 1);
      CREATE SCHEMA codes; CREATE TABLE codes.kind (id INT, label TEXT); INSERT INTO codes.kind VALUES (1, 'College')`)
    for (const sql of grantsOf('reader', 'PostgreSQL', { reader: userOf(here.readerUrl), shop: 'codes' }).slice(1)) await asAdmin(sql)
    config = defineConfig({ source: here.readerUrl, warehouse: here.url, logs: false, dimensions: { school }, facts: {} })
    assert.equal(await saidOf(config), '')
  })
  after(async () => {
    for (const role of roles) await asAdmin(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`)
  })

  const needed: readonly (readonly [string, string, () => string, RegExp])[] = [
    ['a loader', 'CREATE', () => here.url, /permission denied for schema star.*Way out: GRANT USAGE, CREATE ON SCHEMA star TO the user/],
    ['a loader', 'USAGE', () => here.url, /there is no schema star that this user may use.*GRANT USAGE ON SCHEMA/s],
    ['a reader', 'USAGE', () => here.readerUrl, /there is no schema star that this user may use.*GRANT USAGE ON SCHEMA/s],
  ]
  for (const [who, right, url, words] of needed) {
    it(`of ${who} are no more than needed: without ${right} on the schema a load fails, and says what to grant`, async () => {
      await asAdmin(`REVOKE ${right} ON SCHEMA ${SCHEMA} FROM ${userOf(url())}`)
      const said = await saidOf(config)
      await asAdmin(`GRANT ${right} ON SCHEMA ${SCHEMA} TO ${userOf(url())}`)
      assert.match(said, words)
      assert.equal(await saidOf(config), '')
    })
  }

  it('of a reader are needed on each schema and table, and let nothing be written', async () => {
    const reader = userOf(here.readerUrl)
    for (const [on, words] of [['USAGE ON SCHEMA codes', /schema codes.*GRANT USAGE, CREATE ON SCHEMA codes/], ['SELECT ON TABLE codes.kind', /table kind.*GRANT SELECT ON TABLE kind/], [`SELECT ON TABLE ${SCHEMA}.school`, /table school.*GRANT SELECT/]] as const) {
      await asAdmin(`REVOKE ${on} FROM ${reader}`)
      assert.match(await saidOf(config), words, on)
      await asAdmin(`GRANT ${on} TO ${reader}`)
    }
    const database = await openPostgres(here.readerUrl)
    const session = await database.connect()
    for (const sql of ['INSERT INTO school VALUES (3, 1)', 'CREATE TABLE t (a INT)']) assert.match((await failureOf(session.execute(sql))).message, /the user may not do this/, sql)
    await database.close()
  })

  it('of a loader are also those that an owner can take from himself: the error names the right that a statement wanted', async () => {
    const [database, loader] = [await openPostgres(here.url), userOf(here.url)]
    const session = await database.connect()
    const cases: readonly (readonly [right: string, sql: string, grant: string])[] = [
      ['UPDATE', 'UPDATE "school_dim" AS l SET "name" = s.name FROM school_dim AS s WHERE s.school_key = l.school_key', 'UPDATE, SELECT'],
      ['INSERT', `INSERT INTO ${SCHEMA}.school_dim (school_key, school_id) VALUES (99, 99)`, 'INSERT, SELECT'],
      ['DELETE', 'delete from "school_dim"', 'DELETE, SELECT'],
      ['SELECT', 'CREATE TABLE copied AS SELECT * FROM school_dim', 'SELECT'],
    ]
    for (const [right, sql, grant] of cases) {
      await asAdmin(`REVOKE ${right} ON ${SCHEMA}.school_dim FROM ${loader}`)
      const { message } = await failureOf(session.execute(sql))
      await asAdmin(`GRANT ${right} ON ${SCHEMA}.school_dim TO ${loader}`)
      assert.match(message, new RegExp(`the user may not do this.*Way out: GRANT ${grant} ON TABLE school_dim TO the user`), right)
    }
    await database.close()
  })

  it('of an analyst come to new tables by default, and stay through a publish as they were made by hand', async () => {
    const analyst = await newRole('analyst')
    for (const sql of grantsOf('analyst', 'PostgreSQL', { analyst, loader: userOf(here.url) }).slice(1)) await asAdmin(sql)
    const may = async (table: string): Promise<unknown> => (await textRows(here.adminUrl, `SELECT has_table_privilege('${analyst}', '${SCHEMA}.${table}', 'SELECT')`))[0]?.[0]
    await asAdmin(`REVOKE SELECT ON ${SCHEMA}.school_dim FROM ${analyst}; GRANT SELECT (name) ON ${SCHEMA}.school_dim TO ${analyst}`)
    assert.equal(await saidOf(config), '')
    assert.equal(await may('school_dim'), '0')
    assert.deepEqual(await textRows(here.adminUrl, `SELECT has_column_privilege('${analyst}', '${SCHEMA}.school_dim', 'name', 'SELECT'), col_description('${SCHEMA}.school_dim'::regclass, 3)`), [['1', 'what it is']])
    await asAdmin(`DROP TABLE ${SCHEMA}.school_dim`)
    assert.equal(await saidOf(config), '')
    assert.equal(await may('school_dim'), '1')
  })

  it('are a membership where a table or a view belongs to somebody else, and the load says so before it begins', async () => {
    const [owner, loader] = [await newRole('owner'), userOf(here.url)]
    await asAdmin(`CREATE VIEW public.over AS SELECT name FROM ${SCHEMA}.school_dim; ALTER VIEW public.over OWNER TO ${owner}`)
    assert.match(await saidOf(config), new RegExp(`the view public.over reads the table and belongs to ${owner}.*Way out: GRANT "${owner}" TO "${loader}", or ALTER VIEW`, 's'))
    await asAdmin(`ALTER TABLE ${SCHEMA}.school_dim OWNER TO ${owner}`)
    assert.match(await saidOf(config), new RegExp(`the table belongs to ${owner}.*Way out: GRANT "${owner}" TO "${loader}", or ALTER TABLE`, 's'))
    await asAdmin(`GRANT ${owner} TO ${loader}`)
    assert.match(await saidOf(config), new RegExp(`${owner}, who may make none in ${SCHEMA}.*Way out: GRANT CREATE ON SCHEMA "${SCHEMA}" TO "${owner}"`, 's'))
    await asAdmin(`GRANT CREATE, USAGE ON SCHEMA ${SCHEMA} TO ${owner}`)
    await asAdmin('GRANT CREATE, USAGE ON SCHEMA public TO PUBLIC')
    assert.equal(await saidOf(config), '')
    assert.deepEqual(await textRows(here.adminUrl, "SELECT relname, pg_get_userbyid(relowner) FROM pg_class WHERE relname IN ('over', 'school_dim') ORDER BY 1"), [['over', owner], ['school_dim', owner]])
    assert.deepEqual(await textRows(here.adminUrl, 'SELECT count(*) FROM public.over'), [['3']])
  })
})
