import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { runWith } from '../../engine/run.ts'
import { create, scd1, source } from '../../engine/index.ts'
import { openDatabase } from '../../engine/db/open.ts'
import { targetLock } from '../../engine/publish/ledger.ts'
import { captured, capturedIo } from './captured.ts'
import { newProject } from './project.ts'
import type { Different, Project, Ran } from './project.ts'

/** The JSON document of a run; nothing else may be on standard output. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests look at what they expect
const documentOf = ({ out }: Pick<Ran, 'out'>): any => JSON.parse(out)

const missing: Different = { schools: 'scool AS s' }
const shown = 'SELECT school_key, school_id, name, state FROM school_dim ORDER BY school_key'

/** Somebody who types this; or, with nothing, leaves. */
const keyboard = (answer: string): NodeJS.ReadStream => {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input })
  if (answer !== '') input.write(answer)
  else input.end()
  return input as unknown as NodeJS.ReadStream
}

describe('run', () => {
  let project: Project
  beforeEach(() => { project = newProject() })
  afterEach(() => project.remove())

  const load = async (line = '--run_dimensions --run_facts'): Promise<Ran> => {
    const ran = await project.run(line)
    assert.equal(ran.code, 0, ran.out + ran.err)
    return ran
  }

  it('tests the sources where nothing is asked for, and leaves the warehouse alone', async () => {
    const { code, out } = await project.run('')
    assert.equal(code, 0)
    assert.match(out, /^ok {6}dimension school {2}3 rows read\nok {6}fact sale {9}3 rows read\n\n2 sources tested, all well \(/)
    assert.deepEqual(await project.tables(), [])
    assert.equal(project.has('warehouse.duckdb'), false)
  })

  it('loads dimensions and facts, and prints the ancestor\'s list, a total and the next command', async () => {
    const { out } = await load()
    assert.match(out, /^dimension {2}school 3\nfact {2}sale 3\n\n/)
    assert.match(out, /^school +3 +3 +0 +0 +3 +– +0 +– +[\d.]+ s$/m)
    assert.match(out, /^sale +3 +3 +– +– +– +– +0 +1 +[\d.]+ s$/m)
    assert.match(out, /^ {2}sale_fact.school_fk: 1 row$/m)
    assert.match(out, /^Total to check: sale\.amount = 14\.75 over 3 rows$/m)
    assert.match(out, /^Next: npx starline query "select school_id, name, state from school_dim limit 3"$/m)
    assert.equal((await project.rows(shown)).length, 4)
  })

  it('gives the same tuples, tables and keys a second time, and says what was unchanged', async () => {
    const first = documentOf(await load('--run_dimensions --run_facts --json'))
    const before = await project.rows(shown)
    const second = documentOf(await load('--run_dimensions --run_facts --json'))
    assert.deepEqual(second.results, first.results)
    assert.deepEqual(second.results, [[['dimension', 'school', 3]], [['fact', 'sale', 3]]])
    assert.deepEqual(await project.rows(shown), before)
    assert.deepEqual([second.etls[0].counts.unchanged, second.etls[0].counts.newMembers], [3, 0])
  })

  it('runs dimensions alone, and facts alone where their dimensions are there', async () => {
    await load('--run_dimensions')
    assert.ok(!(await project.tables()).includes('sale_fact'))
    const { out } = await load('--run-facts')
    assert.match(out, /^fact {2}sale 3\n/)
  })

  it('refuses facts whose dimensions have no tables, before anything is begun', async () => {
    const { code, err } = await project.run('--run_facts')
    assert.equal(code, 2)
    assert.match(err, /fact sale needs table school_dim of dimension school/)
    assert.deepEqual(await project.tables(), [])
  })

  it('lets a fact use a dimension that is not active only where its table exists', async () => {
    const refused = await project.run('--run_facts', { withoutSchools: true })
    assert.equal(refused.code, 2)
    assert.match(refused.err, /fact sale needs table school_dim, whose dimension is not active/)
    assert.equal((await project.run('--test_source', { withoutSchools: true })).code, 2)
    await load('--run_dimensions')
    assert.equal((await project.run('--run_facts', { withoutSchools: true })).code, 0)
  })

  it('drops and runs nothing where a source fails its test', async () => {
    await load()
    const before = await project.rows(shown)
    const { code, out } = await project.run('--drop_tables --run_dimensions --run_facts --yes', missing)
    assert.equal(code, 1)
    assert.match(out, /^failed {2}dimension school$/m)
    assert.match(out, /scool/)
    assert.match(out, /^Nothing was run, dropped or changed/m)
    assert.match(out, /^Next: npx starline run --test_source --select school$/m)
    assert.deepEqual(await project.rows(shown), before)
    assert.equal((await project.rows('SELECT * FROM sale_fact')).length, 3)
  })

  it('tests the sources of facts too, also where only dimensions run', async () => {
    const { code } = await project.run('--run_dimensions', { sales: 'sal AS s' })
    assert.equal(code, 1)
    assert.equal((await project.run('--run_dimensions --no-test_source', { sales: 'sal AS s' })).code, 0)
  })

  it('tells every source that fails, and a source\'s column by its name', async () => {
    project.write('data/school.csv', 'id,name,state\nx,North,Ohio\n')
    project.write('data/sale.csv', 'id,school_id,amount\n1,1,1.234\n')
    const { code, out } = await project.run('--test_source')
    assert.equal(code, 1)
    assert.match(out, /school_id/)
    assert.match(out, /amount/)
  })

  describe('--drop_tables', () => {
    it('drops facts, then dimensions', async () => {
      await load()
      const document = documentOf(await project.run('--drop_tables --yes --json'))
      assert.deepEqual(document.dropped, ['sale_fact', 'school_dim'])
      assert.deepEqual((await project.tables()).filter((name) => !name.startsWith('etl_')), [])
    })

    it('never gives a key a second time, also when the table is made anew', async () => {
      await load()
      await load('--drop_tables --run_dimensions --run_facts --yes')
      assert.deepEqual((await project.rows(shown)).map((row) => row['school_key']), [-1, 4, 5, 6])
    })

    it('wants --yes where nobody can be asked', async () => {
      await load()
      const { code, err } = await project.run('--drop_tables')
      assert.equal(code, 2)
      assert.match(err, /way out {2}add --yes/)
      assert.ok((await project.tables()).includes('sale_fact'))
    })

    for (const [answer, code, left] of [['y\n', 0, 0], ['YES\n', 0, 0], ['n\n', 2, 2], ['\n', 2, 2], ['', 2, 2]] as const) {
      it(`asks on a terminal, and ${code === 0 ? 'drops' : 'drops nothing'} on ${JSON.stringify(answer)}`, async () => {
        await load()
        const err = captured()
        const ran = await project.run('--drop_tables', {}, { keyboard: keyboard(answer), err })
        assert.equal(ran.code, code, ran.out)
        assert.match(err.text(), /sale_fact, school_dim\n.*Drop 2 tables\? \[y\/N\]/s)
        assert.equal((await project.tables()).filter((name) => !name.startsWith('etl_') && !name.includes('__')).length, left)
      })
    }

    it('asks nothing where there is nothing to drop', async () => {
      const err = captured()
      assert.equal((await project.run('--drop_tables', {}, { keyboard: keyboard(''), err })).code, 0)
      assert.ok(!err.text().includes('?'), err.text())
    })

    it('is refused with facts whose dimensions it would drop', async () => {
      await load()
      const { code, err } = await project.run('--drop_tables --run_facts --yes')
      assert.equal(code, 2)
      assert.match(err, /school_dim of dimension school, and it is to be dropped/)
      assert.ok((await project.tables()).includes('sale_fact'))
    })

    it('is the way out of a live table that can\'t go into what the create declares now', async () => {
      await load()
      const narrow = { name: 'INT' }
      project.write('data/school.csv', 'id,name,state\n1,7,Ohio\n')
      const refused = await project.run('--run_dimensions --run_facts', narrow)
      assert.equal(refused.code, 1)
      assert.match(refused.out, /drop the table first with --drop_tables/)
      const ran = await project.run('--drop_tables --run_dimensions --run_facts --yes', narrow)
      assert.equal(ran.code, 0, ran.out)
    })
  })

  describe('--select and --exclude', () => {
    it('pick by name', async () => {
      assert.deepEqual(documentOf(await load('--run_dimensions --run_facts --select school --json')).results, [[['dimension', 'school', 3]], []])
      assert.deepEqual(documentOf(await load('--run_dimensions --run_facts --exclude school --json')).results, [[], [['fact', 'sale', 3]]])
    })

    for (const [line, said] of [
      ['--run_facts --select sael', /called sael.*sale/s],
      ['--run_facts --select school', /there is nothing to run/],
      ['--exclude school,sale', /there is nothing to run/],
    ] as const) {
      it(`refuse ${line}`, async () => {
        const { code, err } = await project.run(line)
        assert.equal(code, 2)
        assert.match(err, said)
      })
    }
  })

  describe('--dry_run', () => {
    it('shows the exact SQL in its order, and touches nothing', async () => {
      const { code, out } = await project.run('--dry_run')
      assert.equal(code, 0)
      const order = ['dimension school: table school_dim (scd1)', 'FROM school AS s', 'CREATE TABLE "school_dim__r1"',
        'fact sale: table sale_fact (transaction)', 'FROM sale AS s', 'CREATE TABLE "sale_fact__r1"', 'FROM "school_dim__r1"',
        'publish, in one atomic step', 'ALTER TABLE "sale_fact__r1" RENAME TO "sale_fact"', 'ALTER TABLE "school_dim__r1" RENAME TO "school_dim"']
      let at = -1
      for (const text of order) {
        const next = out.indexOf(text, at + 1)
        assert.ok(next > at, `${text} is missing, or too early:\n${out}`)
        at = next
      }
      assert.deepEqual([project.has('warehouse.duckdb'), project.has('etl-logs')], [false, false])
    })

    it('shows of a source with several texts the one that its URL needs, and is refused where there is none', async () => {
      const one = create('CREATE TABLE one_dim (one_key KEY, school_id INT NOT NULL)')
      const read = (texts: Readonly<Record<string, string>>): Different => ({ config: {
        dimensions: { one: scd1({ source: source<{ school_id: number }>(texts), create: one, key: 'one_key', lookup: ['school_id'] }) }, facts: {},
      } })
      const [mysql, duckdb] = ['SELECT `id` AS school_id FROM `School`', 'SELECT s.id AS school_id FROM school AS s']
      const document = documentOf(await project.run('--dry_run --json', read({ mysql, duckdb })))
      assert.deepEqual(document.etls[0].steps[0], { title: 'read the default source, for column school_id is text without a type at the source; before all else a few rows of it, as its test', sql: duckdb })
      const { code, err } = await project.run('--dry_run', read({ mysql }))
      assert.equal(code, 2)
      assert.match(err, /source of dimension one: the source has no text for duckdb/)
    })

    it('knows what is live', async () => {
      await load()
      const before = await project.rows('SELECT * FROM etl_run ORDER BY run_id')
      const document = documentOf(await project.run('--dry_run --run_dimensions --json'))
      assert.deepEqual(document.etls.map((etl: { name: string }) => etl.name), ['school'])
      const sql = document.etls[0].steps.map((step: { sql: string }) => step.sql).join('\n')
      assert.match(sql, /school_dim__r2/)
      assert.deepEqual(document.publish, ['ALTER TABLE "school_dim" RENAME TO "school_dim__o2"', 'ALTER TABLE "school_dim__r2" RENAME TO "school_dim"'])
      assert.deepEqual(await project.rows('SELECT * FROM etl_run ORDER BY run_id'), before)
    })

    it('is refused like the run itself', async () => {
      assert.equal((await project.run('--dry_run --run_facts')).code, 2)
    })
  })

  describe('--json', () => {
    // what | command line | star | exit code | the error's name
    const cases: [string, string, Different, number, string | undefined][] = [
      ['all well', '--run_dimensions --run_facts --json', {}, 0, undefined],
      ['a test alone', '--json', {}, 0, undefined],
      ['a source that fails its test', '--run_dimensions --json', missing, 1, 'StarlineError'],
      ['an ETL that fails', '--run_dimensions --no-test_source --json', missing, 1, 'StarlineError'],
      ['a flag that is not known', '--json --run_fact', {}, 2, 'ConfigurationError'],
      ['a fact without its dimension', '--run_facts --json', {}, 2, 'ConfigurationError'],
      ['nobody to ask', '--drop_tables --json', {}, 2, 'ConfigurationError'],
      ['a wrong configuration', '--json', { config: { warehouse: 'oracle:x' } }, 2, 'ConfigurationError'],
    ]
    for (const [what, line, different, code, error] of cases) {
      it(`is one document on standard output: ${what}`, async () => {
        const ran = await project.run(line, different)
        const document = documentOf(ran)
        assert.equal(ran.code, code)
        assert.deepEqual(Object.keys(document).slice(0, 3), ['refresh', 'results', 'etls'])
        assert.equal(document.error?.name, error)
      })
    }
  })

  it('runs side by side with --concurrency', async () => {
    const { out } = await project.run('--run_dimensions --run_facts --concurrency 3 --json', { towns: true })
    assert.deepEqual(documentOf({ out }).results, [[['dimension', 'school', 3], ['dimension', 'town', 3]], [['fact', 'sale', 3]]])
  })

  it('publishes what succeeded, and with --fail_fast nothing', async () => {
    await load('--run_dimensions')
    project.write('data/school.csv', 'id,name,state\n1,Nord,Ohio\n')
    const broken = { sales: '(SELECT 1 AS id, 1 AS school_id, CAST(1e12 AS DECIMAL(20,2)) AS amount) AS s' }
    const first = documentOf(await project.run('--run_dimensions --run_facts --no-test_source --fail_fast --json', broken))
    assert.deepEqual(first.results, [[], []])
    assert.deepEqual(first.etls.map((etl: { status: string }) => etl.status), ['loaded', 'failed'])
    assert.equal((await project.rows('SELECT name FROM school_dim WHERE school_id = 1'))[0]?.['name'], 'North')
    const ran = await project.run('--run_dimensions --run_facts --no-test_source --json', broken)
    assert.equal(ran.code, 1)
    assert.deepEqual(documentOf(ran).results, [[['dimension', 'school', 1]], []])
    assert.equal((await project.rows('SELECT name FROM school_dim WHERE school_id = 1'))[0]?.['name'], 'Nord')
  })

  it('publishes nothing where all or nothing was asked for and an ETL failed, and says so', async () => {
    const broken = { sales: '(SELECT 1 AS id, 1 AS school_id, CAST(1e12 AS DECIMAL(20,2)) AS amount) AS s', config: { publish: 'all-or-nothing' } } as const
    const ran = await project.run('--run_dimensions --run_facts --no-test_source --json', broken)
    assert.equal(ran.code, 1)
    const { results, etls, heldBack, error } = documentOf(ran)
    assert.deepEqual(results, [[], []])
    assert.deepEqual(etls.map((etl: { status: string }) => etl.status), ['loaded', 'failed'])
    assert.equal(heldBack, "publish: 'all-or-nothing' wants all of it, and fact sale did not load")
    assert.equal(error?.what, '1 of 2 ETLs failed')
    const { out } = await project.run('--run_dimensions --run_facts --no-test_source', broken)
    assert.match(out, /^Published nothing in .*; 1 failed, 1 held back by publish: 'all-or-nothing'\. Tables that were not published stay as they were\.$/m)
    assert.match(out, /^Next: npx starline run --run_dimensions --run_facts --select school,sale$/m)
    assert.deepEqual((await project.tables()).filter((table) => !table.startsWith('etl_')), [])
  })

  it('shows in a plan that each table is published by itself', async () => {
    const { out } = await project.run('--run_dimensions --run_facts --dry_run', { config: { publish: 'each' } })
    assert.match(out, /publish, each table as soon as it is loaded/)
  })

  it('rolls back the last refresh with --rollback, once somebody has said yes', async () => {
    await load()
    project.write('data/school.csv', 'id,name,state\n1,Nord,Ohio\n')
    await load()
    const name = async (): Promise<unknown> => (await project.rows('SELECT name FROM school_dim WHERE school_id = 1'))[0]?.['name']
    for (const [line, words] of [['', /asks before.*--yes/s], ['--run_facts', /don't go together/], ['--select school', /don't go together/]] as const) {
      const refused = await project.run(`--rollback ${line}`)
      assert.equal(refused.code, 2)
      assert.match(refused.err, words)
    }
    assert.match((await project.run('--rollback --dry_run')).out, /put back what stood before refresh \S+, in one atomic step.*RENAME TO "?school_dim__b3"?;.*"?school_dim__o2"? RENAME TO "?school_dim"?;/s)
    const no = await project.run('--rollback', {}, { keyboard: keyboard('n\n') })
    assert.equal(no.code, 2)
    assert.match(no.err, /refresh \S+, published at .* \(UTC\)\n {2}sale_fact: 3 rows now, 3 rows before\n {2}school_dim: 4 rows now, 4 rows before\nPut back what stood before it\? \[y\/N\]/)
    assert.equal(await name(), 'Nord')
    const done = await project.run('--rollback', {}, { keyboard: keyboard('y\n') })
    assert.equal(done.code, 0)
    assert.match(done.out, /^put back {2}sale_fact 3 \(was 3\) · school_dim 4 \(was 4\)\n\nRolled back refresh \S+: 2 tables in /)
    assert.equal(await name(), 'North')
    const again = await project.run('--rollback --yes --json')
    assert.equal(again.code, 2)
    assert.match(documentOf(again).error.what, /for the first time/)
    await load()
    const { rolledBack, refresh } = documentOf(await project.run('--rollback --yes --json'))
    assert.notEqual(rolledBack.refresh, refresh)
    assert.deepEqual(rolledBack.tables[1], { type: 'dimension', name: 'school', table: 'school_dim', status: 'put back', rows: 4, rowsBefore: 4 })
  })

  it('leaves a table alone that was not made here, and with --adopt takes it over with its keys', async () => {
    await project.execute(
      'CREATE TABLE school_dim (school_key INT PRIMARY KEY, school_id INT NOT NULL, name VARCHAR NOT NULL, state VARCHAR)',
      "INSERT INTO school_dim VALUES (77, 2, 'Sud', NULL)")
    const refused = await project.run('--run_dimensions')
    assert.equal(refused.code, 2)
    assert.match(refused.err, /not made here\n {2}why {6}its comment names no run of this warehouse's ledger.*\n {2}way out {2}run once with --adopt to take it over with its keys, or give the create another name\n/)
    assert.deepEqual(await project.tables(), ['school_dim'])
    assert.equal((await project.run('--run_dimensions --adopt')).code, 0)
    assert.deepEqual(await project.rows('SELECT school_key, name FROM school_dim WHERE school_id = 2'), [{ school_key: 77, name: 'South' }])
  })

  it('is busy where another session loads a table', async () => {
    await load()
    const database = await openDatabase(project.config().warehouse)
    const session = await database.connect()
    try {
      assert.ok(await session.lock(targetLock('school_dim')))
      const { code, out } = await project.run('--run_dimensions')
      assert.equal(code, 3, out)
      assert.match(out, /busy/)
    } finally {
      await session.close()
      await database.close()
    }
    await load('--run_dimensions')
  })

  it('shows progress on standard error, and none with --quiet', async () => {
    const { err } = await load()
    assert.match(err, /^tested 2 sources\nloaded dimension school, 3 rows, [\d.]+ s\nloaded fact sale, 3 rows, [\d.]+ s\n$/)
    assert.equal((await load('--run_dimensions --run_facts --quiet')).err, '')
  })

  it('says published of what goes live by itself', async () => {
    const { err } = await project.run('--run_dimensions --run_facts', { config: { publish: 'each' } })
    assert.match(err, /^published dimension school, 3 rows, [\d.]+ s\npublished fact sale, 3 rows, [\d.]+ s\n$/m)
  })

  it('writes its log as the ancestor did, and the same as events', async () => {
    await load()
    const log = project.read('etl-logs/run.log')
    for (const line of ['Creating table school_dim.', 'Executing source query for dimension school_dim', 'Loading data', 'Published 2 tables']) {
      assert.ok(log.includes(line), `${line} is missing:\n${log}`)
    }
    assert.match(log, /Loaded 3 rows into table school_dim \(elapsed time: 0:00:\d\d\.\d{6}\)/)
    const events = project.read('etl-logs/run.jsonl').trim().split('\n').map((line) => JSON.parse(line))
    assert.equal(events.length, log.trim().split('\n').length)
    assert.ok(events.some(({ event, table, rows }) => event === 'loaded' && table === 'school_dim' && rows === 3))
  })

  it('goes on without a log file that takes nothing, and says so', async () => {
    project.write('etl-logs/run.log/in-its-place', '')
    const { code, err } = await project.run('--run_dimensions')
    assert.equal(code, 0)
    assert.match(err, /^A log file can't be written, and the run goes on without it: EISDIR/m)
    assert.match(project.read('etl-logs/run.jsonl'), /"event":"published"/)
  })

  it('says so where the log files can\'t be written', async () => {
    project.write('taken', '')
    const { code, err } = await project.run('--run_dimensions', { config: { logs: project.path('taken') } })
    assert.equal(code, 2)
    assert.match(err, /the log files can't be written/)
  })

  it('reports a configuration that can\'t be imported as one', async () => {
    const io = capturedIo()
    assert.equal(await runWith(() => Promise.reject(new TypeError('x is not a function')), [], io), 2)
    assert.match(io.err.text(), /^✗ the configuration could not be loaded\n {2}why {6}x is not a function/)
    assert.ok(!io.err.text().includes('    at '))
  })
})
