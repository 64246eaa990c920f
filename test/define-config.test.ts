import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigurationError, create, date, defineConfig, env, scd1, scd2, source, transaction } from '../engine/index.ts'
import type { ConfigSpec, Etl } from '../engine/index.ts'
import { redact } from '../engine/redact.ts'

const school = scd1({
  source: source('SELECT s.id AS school_id, s.name AS name FROM school AS s'),
  create: create('CREATE TABLE school_dim (school_key KEY, school_id INT NOT NULL, name VARCHAR(120) NOT NULL)'),
  key: 'school_key', lookup: ['school_id'],
})
const right = { source: 'files:.', warehouse: 'duckdb:w.duckdb', dimensions: { school }, facts: {} }

/** Every problem of a configuration, a line each. */
function problemsOf(spec: unknown): string[] {
  try {
    defineConfig(spec as ConfigSpec)
  } catch (error) {
    assert.ok(error instanceof ConfigurationError)
    return error.message.split('\n  - ').slice(1)
  }
  return []
}

describe('defineConfig', () => {
  it('takes a configuration that is right, and fills in the rest', () => {
    const { queue, logs, deadlines } = defineConfig({ ...right, deadlines: { idleSeconds: 5 } })
    assert.deepEqual({ queue, logs, deadlines }, { queue: 'embedded', logs: 'etl-logs', deadlines: { connectSeconds: 10, idleSeconds: 5, etlSeconds: 43_200, refreshSeconds: 86_400 } })
  })

  it('is frozen to its depth, and leaves alone what the team has made with a state of its own', () => {
    class Counting {
      readonly from = undefined
      readonly text = 'counted'
      readonly columns = ['school_id', 'name']
      reads = 0
      read(): never {
        this.reads += 1
        throw new Error('read')
      }
    }
    const own = new Counting()
    const literal = { from: undefined, text: 'own', columns: undefined, reads: 0, read: () => assert.fail('read') }
    const counted = scd1({ source: own, create: create<string>('CREATE TABLE counted_dim (counted_key KEY, school_id INT NOT NULL, name TEXT)'), key: 'counted_key', lookup: ['school_id'] })
    const plain = scd1({ source: literal, create: create<string>('CREATE TABLE plain_dim (plain_key KEY, school_id INT NOT NULL)'), key: 'plain_key', lookup: ['school_id'] })
    const dimensions = { school, counted, plain }
    const config = defineConfig({ ...right, sources: { crm: 'files:.' }, dimensions })
    const writes: [string, () => void][] = [
      ['a value', () => { Object.assign(config, { warehouse: 'duckdb:other.duckdb' }) }],
      ['a source', () => { Object.assign(config.sources, { crm: 'files:other' }) }],
      ['a deadline', () => { Object.assign(config.deadlines, { idleSeconds: 1 }) }],
      ['a dimension', () => { Object.assign(config.dimensions, { other: school }) }],
      ['a fact', () => { Object.assign(config.facts, { other: school }) }],
      ['an ETL', () => { Object.assign(config.dimensions['school'] ?? {}, { kind: 'scd2' }) }],
      ['a lookup', () => { (school.lookup as unknown as string[]).push('name') }],
      ['what an ETL uses', () => { Object.assign(school.uses, { other: school }) }],
      ['a column of a create', () => { Object.assign(school.create.definition().columns[0] ?? {}, { type: 'TEXT' }) }],
    ]
    for (const [what, write] of writes) assert.throws(write, TypeError, what)
    assert.throws(() => own.read(), /^Error: read$/)
    literal.reads += 1
    assert.deepEqual([own.reads, literal.reads], [1, 1])
    Object.assign(dimensions, { later: school })
    assert.deepEqual(Object.keys(config.dimensions), ['school', 'counted', 'plain'])
  })

  const wrong: [string, object, string[]][] = [
    ['a variable that is not set', { source: '' }, ['source: is empty; write a URL that begins with one of mysql: mariadb: postgres: postgresql: duckdb: files:, or set the variable that env() asks for']],
    ['nothing', { warehouse: undefined }, ['warehouse: is missing; write a URL that begins with one of mysql: mariadb: postgres: postgresql: duckdb:']],
    ['a URL without a scheme', { sources: { crm: 'crm' } }, ['sources.crm: has no scheme; use one of mysql: mariadb: postgres: postgresql: duckdb: files:']],
    ['a folder to load into', { warehouse: 'files:.' }, ['warehouse: nothing is known behind files:; use one of mysql: mariadb: postgres: postgresql: duckdb:']],
    ['a key that is nearly one', { log: 'x' }, ['config: there is no key log; did you mean logs?']],
    ['a deadline below zero', { deadlines: { idleSeconds: -1 } }, ['deadlines.idleSeconds: must be above 0; write seconds, such as 300']],
    ['a dimension among the facts', { facts: { school } }, ['facts.school: is no fact: make it with transaction(…)']],
    ['a way to publish that is none', { publish: 'all' }, ["publish: is 'all', and can be together, all-or-nothing, each; leave it out for together"]],
    ['a way to publish that is no text', { publish: 1n }, ['publish: is bigint, and can be together, all-or-nothing, each; leave it out for together']],
    ['a deadline that no timer reaches', { deadlines: { idleSeconds: 1e10 } }, ['deadlines.idleSeconds: can be 1000000 at most; write seconds, such as 300']],
    ['what only looks like a dimension', { dimensions: { school: { type: 'dimension' } } }, ['dimensions.school: is no dimension: make it with scd1(…), scd2(…) or date(…)']],
    ['a queue that nothing could be called', { dimensions: { school: { ...school, queue: 'Heavy:1' } } }, ['dimensions.school: queue is "Heavy:1", and the name of a queue is snake_case or kebab-case, begins with a letter and has at most 40 characters']],
    ['a limit of a source that nobody has', { sources: { crm: 'files:.' }, limits: { crn: 4 } }, ['limits.crn: no source is called crn; did you mean crm?']],
    ['a limit that lets nobody in', { limits: { default: 0 } }, ['limits.default: is no number of extracts; write a whole number from 1 to 1000']],
    ['a table of two', { dimensions: { school, academy: school } }, ["dimensions.academy: table school_dim is dimension school's already"]],
  ]
  for (const [what, part, problems] of wrong) {
    it(`says where ${what} is, and the way out`, () => {
      assert.deepEqual(problemsOf({ ...right, ...part }), problems)
    })
  }

  // What a cast, or a program in JavaScript, brings past the compiler
  const { source: rows, create: table } = school
  const misspelt: [string, Etl, string[]][] = [
    ['scd1', scd1({ source: rows, create: table, key: 'school_key', lokup: ['school_id'], transfrom: () => null } as never), ['there is no key lokup; did you mean lookup?', 'there is no key transfrom; did you mean transform?']],
    ['scd1', scd1({ sorce: rows, create: table, key: 'school_key' } as never), ['there is no key sorce; did you mean source?', 'lookup is missing']],
    ['scd1', scd1({ source: rows, creat: table, key: 'school_key', lookup: ['school_id'], duplicates: { keep: 'last', buy: 'name' } } as never), ['there is no key creat; did you mean create?', 'duplicates: there is no key buy; did you mean by?']],
    ['scd2', scd2({ source: rows, create: table, key: 'school_key', lookup: ['school_id'], histroy: ['name'] } as never), ['there is no key histroy; did you mean history?']],
    ['date', date({ create: table, key: 'school_key', from: '2020-01-01', trough: '2020-12-31', earliest: '' } as never), [
      'there is no key trough; did you mean through?', 'there is no key earliest; there are create, key, from, through, fiscalYearStart, unknown, queue']],
    ['a source', scd1({ source: source('SELECT s.id AS school_id FROM school AS s', { bind: { a: 1 } } as never), create: table, key: 'school_key', lookup: ['school_id'] } as never), ['its source: there is no key bind; did you mean binds?']],
    ['transaction', transaction({ source: rows, create: table, kyes: {} } as never), ['there is no key kyes; did you mean keys?']],
    ['transaction', transaction({ source: rows, create: table, keys: { school_key: { of: school, by: 'school_id', onMising: 'fail' } } } as never), ['school_key: there is no key onMising; did you mean onMissing?']],
  ]
  it('refuses keys that a declaration does not have, with the nearest one', () => {
    for (const [what, etl, problems] of misspelt) {
      const part = etl.type === 'fact' ? { facts: { it: etl } } : { dimensions: { it: etl } }
      assert.deepEqual(problemsOf({ ...right, ...part }), problems.map((problem) => `${etl.type}s.it: ${problem}`), what)
    }
  })

  it('says every problem at once, of URLs, keys and ETLs', () => {
    const spec = { ...right, source: 'oracle:x', queue: 'amqp:x', deadlines: { idleSecond: 1 }, dimensions: { School: school }, facts: { visit: 1 } }
    assert.deepEqual(problemsOf(spec).map((problem) => problem.split(':')[0]), ['source', 'queue', 'deadlines', 'facts.visit', 'dimensions.School'])
  })

  it('keeps the passwords of URLs that are wrong', () => {
    assert.equal(problemsOf({ ...right, source: 'oracle://a:Canary-77@b/c' }).length, 1)
    assert.equal(redact('Canary-77'), '***')
  })
})

describe('env', () => {
  const before = process.env
  afterEach(() => { process.env = before })

  const found: [string, NodeJS.ProcessEnv, string][] = [
    ['the fallback where nothing is set', {}, 'files:x'],
    ['the variable before its parts', { ETL_SOURCE: 'files:y', ETL_SOURCE_HOST: 'db' }, 'files:y'],
    ['a URL of the parts', { ETL_SOURCE_HOST: 'db:3307', ETL_SOURCE_DB: 'notes', ETL_SOURCE_USER: 'a@b', ETL_SOURCE_PWD: 'p/w' }, 'mysql://a%40b:p%2Fw@db:3307/notes'],
    ['nothing where the host is forgotten, never the fallback', { ETL_SOURCE_DB: 'notes', ETL_SOURCE_USER: 'a' }, ''],
  ]
  for (const [what, variables, value] of found) {
    it(`gives ${what}`, () => {
      process.env = variables
      assert.equal(env('ETL_SOURCE', 'files:x'), value)
    })
  }

  it('takes a variable that is set to nothing from .env, and never one that is set', () => {
    const folder = mkdtempSync(join(tmpdir(), 'starline-dotenv-'))
    try {
      writeFileSync(join(folder, '.env'), 'NOTHING=of-dotenv\nSOMETHING=of-dotenv\n')
      const module = new URL('../engine/env.ts', import.meta.url).href
      const { stdout, stderr } = spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', `import { env } from '${module}'; console.log(env('NOTHING'), env('SOMETHING'))`], {
        cwd: folder, encoding: 'utf8', env: { ...process.env, NOTHING: '', SOMETHING: 'of-the-shell' },
      })
      assert.equal(stdout, 'of-dotenv of-the-shell\n', stderr)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
