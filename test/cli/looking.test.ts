import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { main } from '../../engine/main.ts'
import { env } from '../../engine/env.ts'
import { create, date, defineConfig, scd1, scd2, source, transaction } from '../../engine/index.ts'
import type { Config, ConfigSpec } from '../../engine/index.ts'
import { capturedIo } from './captured.ts'
import { newProject } from './project.ts'
import type { Project, Ran } from './project.ts'
import { skip } from '../helpers/skip.ts'

const printed = (): Config => defineConfig({
  source: env('ETL_SOURCE', 'files:examples/notes'),
  sources: { crm: env('CRM_URL', 'duckdb:crm.duckdb'), shop: `mysql://reader:${env('SHOP_PWD', 'no-Pwd-here')}@127.0.0.1/shop`, same: env('OTHER_URL', 'duckdb:crm.duckdb') },
  warehouse: env('ETL_WAREHOUSE', 'duckdb:warehouse.duckdb'), logs: false, deadlines: { idleSeconds: 60 }, dimensions: {}, facts: {},
})

const fromSource = (name: string, table: string) => scd1({ source: source(name, 'SELECT 1 AS school_id'), key: 'k', lookup: ['school_id'], create: create(`CREATE TABLE ${table} (k KEY, school_id INT NOT NULL)`) })

describe('what only looks', function () {
  this.timeout(60_000)
  let project: Project
  beforeEach(() => { project = newProject() })
  afterEach(() => project.remove())

  /** Imports `files` by the ends of their paths; config.ts is asked for by every command. */
  const starline = async (argv: readonly string[], config: () => Config = () => project.config(), files: Readonly<Record<string, object>> = {}, options: Parameters<typeof capturedIo>[0] = {}): Promise<Ran> => {
    const io = capturedIo(options)
    const importFile = (url: string): Promise<unknown> => Promise.resolve(url.endsWith('/config.ts') ? { default: config() } : Object.entries(files).find(([end]) => url.endsWith(end))?.[1] ?? {})
    const code = await main(argv, importFile, io)
    return { code, out: io.out.text(), err: io.err.text() }
  }

  const spec = (rest: Partial<ConfigSpec>): Config => defineConfig({
    source: `files:${project.path('data')}`, warehouse: `duckdb:${project.path('warehouse.duckdb')}`, logs: project.path('etl-logs'), dimensions: {}, facts: {}, ...rest,
  })
  const found = async (config: () => Config) => {
    const { code, out } = await starline(['validate', '--json'], config)
    assert.match(out, /^\{\n {2}"ok"/)
    const { ok, findings } = JSON.parse(out) as { ok: boolean; findings: { what: string; errors: { message: string }[] }[] }
    return { code, ok, problems: findings.flatMap(({ what, errors }) => errors.map(({ message }) => `${what}: ${message}`)) }
  }

  describe('starline ls', () => {
    const town = scd1({
      source: source('crm', 'SELECT s.id AS school_id FROM school AS s'), key: 'town_key', lookup: ['school_id'],
      create: create('CREATE TABLE town_dim (\n town_key KEY,\n school_id INT NOT NULL\n)'),
    })
    const files = { 'dimensions/index.ts': { town, school: town, notOne: 7 } }

    it('lists what is active and what is not, before anything was loaded', async () => {
      const { code, out, err } = await starline(['ls'], undefined, files)
      assert.deepEqual([code, err], [0, ''])
      assert.deepEqual(out.trimEnd().split('\n').map((line) => line.split(/ {2,}/)), [
        ['type', 'name', 'kind', 'table', 'source', 'rows', 'loaded (UTC)'],
        ['dimension', 'school', 'scd1', 'school_dim', 'default', '–', '–'],
        ['dimension', 'town', 'scd1', 'town_dim', 'crm', '–', '–', 'not active'],
        ['fact', 'sale', 'transaction', 'sale_fact', 'default', '–', '–'],
      ])
      assert.ok(!existsSync(project.path('warehouse.duckdb')), 'a warehouse that is not there is not made')
    })

    it('says how each was loaded last, and what became of the newest run', async () => {
      await project.run('--run_dimensions --run_facts --quiet')
      await project.run('--run_facts --quiet --no-test_source', { sales: '(SELECT error(\'no\') AS id, 1 AS school_id, 1 AS amount) AS s' })
      const { out } = await starline(['ls'])
      assert.match(out, /^dimension +school +scd1 +school_dim +default +3 +\d{4}-\d\d-\d\d \d\d:\d\d$/m)
      assert.match(out, /^fact +sale +transaction +sale_fact +default +3 +\d{4}-\d\d-\d\d \d\d:\d\d +last run failed$/m)
      const { etls } = JSON.parse((await starline(['ls', '--json'], undefined, files)).out) as { etls: { name: string; active: boolean; last: { rows: number; status: string } | null }[] }
      assert.deepEqual(etls.map(({ name, active, last }) => [name, active, last?.status, last?.rows]), [['school', true, 'succeeded', 3], ['town', false, undefined, undefined], ['sale', true, 'failed', 3]])
    })

    it('gives null for what is not known or not there, and leaves no key out', async () => {
      const day = date({ create: create('CREATE TABLE date_dim (\n date_key KEY,\n full_date DATE\n)'), key: 'date_key', from: '2024-01-01', through: '2024-01-02' })
      const broken = { schools: "(SELECT error('no') AS id, 'x' AS name, 'x' AS state) AS s" }
      await project.run('--run_dimensions --quiet --no-test_source', broken)
      const { out } = await starline(['ls', '--json'], () => project.config({ config: { dimensions: { ...project.config().dimensions, day } } }))
      const { etls } = JSON.parse(out) as { etls: Record<string, unknown>[] }
      assert.deepEqual(etls.map(({ name, source: from, last }) => [name, from, last]), [
        ['school', 'default', { status: 'failed', rows: null, at: null }], ['day', null, null], ['sale', 'default', null],
      ])
      const keys = ['type', 'name', 'kind', 'table', 'active', 'source', 'last']
      assert.deepEqual(etls.map((etl) => Object.keys(etl)), [keys, keys, keys])
      const away = await starline(['ls', '--json'], () => project.config({ config: { warehouse: 'mysql://u@127.0.0.1:1/w' } }))
      const document = JSON.parse(away.out) as { etls: { last: unknown }[]; ledger: string }
      assert.deepEqual(document.etls.map(({ last }) => last), [null, null])
      assert.match(document.ledger, /nobody answers there/)
    })

    it('says of a table that it was rolled back, and which rows stand now', async () => {
      await project.run('--run_dimensions --quiet')
      project.write('data/school.csv', 'id,name,state\n1,Nord,Ohio\n2,South,\n')
      await project.run('--run_dimensions --quiet')
      assert.equal((await project.run('--rollback --yes --quiet')).code, 0)
      assert.match((await starline(['ls'])).out, /^dimension +school +scd1 +school_dim +default +3 +\S+ \S+ +rolled back$/m)
      await project.run('--run_dimensions --quiet')
      assert.match((await starline(['ls'])).out, /^dimension +school +scd1 +school_dim +default +2 +\S+ \S+$/m)
    })

    it('leaves columns out on a narrow terminal, and colours only there', async () => {
      const { out } = await starline(['ls'], undefined, files, { width: 60, colours: true })
      assert.ok(out.includes("\u001b[2mnot active\u001b"), out)
      // oxlint-disable-next-line no-control-regex -- colours take no room
      const lines = out.replaceAll(/\u001b\[\d+m/g, '').split('\n')
      assert.ok(lines.every((line) => line.length <= 60), out)
      assert.match(lines[0] ?? '', /^type +name +rows +loaded/)
    })

    it('lists all the same where the warehouse is away, and says so', async () => {
      const { code, out, err } = await starline(['ls'], () => project.config({ config: { warehouse: 'mysql://u:topsecret@127.0.0.1:1/w' } }))
      assert.equal(code, 0)
      assert.match(out, /^dimension +school/m)
      assert.match(err, /The ledger can't be asked when each was loaded last: mysql:\/\/u@127\.0\.0\.1:1\/w: nobody answers there/)
      assert.ok(!(out + err).includes('topsecret'), 'no password is told')
    })
  })

  describe('starline validate', () => {
    const schools = 'SELECT s.id AS school_id, s.name AS name, s.state AS state FROM school AS s'
    const dimension = (table: string, columns: string, sql = schools) => scd1({
      source: source<Record<string, unknown>>(sql), create: create<string>(`CREATE TABLE ${table} (${table}_key KEY, school_id INT NOT NULL, ${columns})`), key: `${table}_key`, lookup: ['school_id'],
    })
    it('is content with a star that would load, and writes nothing', async () => {
      const { code, out, err } = await starline(['validate'])
      assert.deepEqual([code, err], [0, ''])
      assert.match(out, /^ok {6}logs\nok {6}warehouse duckdb:.*\nok {6}dimension school\nok {6}fact sale\n\nAll well: a load would begin\.\n/)
      assert.deepEqual([existsSync(project.path('warehouse.duckdb')), existsSync(project.path('etl-logs'))], [false, false])
      await project.run('--run_dimensions --run_facts --quiet')
      const before = readFileSync(project.path('warehouse.duckdb'))
      assert.equal((await starline(['validate'])).code, 0)
      assert.ok(before.equals(readFileSync(project.path('warehouse.duckdb'))), 'the warehouse is as it was')
    })

    it('tells of everything at once that a load would refuse before its first row', async () => {
      await project.execute('CREATE TABLE theirs (theirs_key INT, other INT)', 'CREATE TABLE etl_run (mine INT)')
      const away = scd1({ source: source('SELECT 1 AS school_id'), key: 'away_key', lookup: ['school_id'], create: create('CREATE TABLE away_dim (\n away_key KEY,\n school_id INT NOT NULL\n)') })
      const versioned = scd2({
        source: source('SELECT s.id AS school_id, s.name AS name FROM school AS s'), key: 'v_key', lookup: ['school_id'], history: ['name'],
        create: create('CREATE TABLE v_dim (\n v_key KEY,\n school_id INT NOT NULL,\n name VARCHAR(20),\n valid_from TIMESTAMP NOT NULL,\n valid_to TIMESTAMP NOT NULL,\n is_current BOOLEAN NOT NULL\n)'),
      })
      const day = date({ create: create('CREATE TABLE date_dim (\n date_key KEY,\n full_date DATE\n)'), key: 'date_key', from: '2024-01-01', through: '2024-01-02' })
      const elsewhere = scd1({
        source: source('SELECT s.id AS school_id FROM school AS s'), key: 'e_key', lookup: ['school_id'], create: create({ mysql: 'CREATE TABLE elsewhere_dim (\n e_key KEY,\n school_id INT NOT NULL\n)' }),
      })
      const sale = transaction({
        source: source<{ id: number; school_id: number; amount: string }>('SELECT s.id AS id, s.school_id AS school_id, CAST(s.amount AS DECIMAL(9,2)) AS amount FROM sale AS s'),
        create: create<string>('CREATE TABLE sale_fact (id INT NOT NULL, away_key INT, day_key INT, v_key INT, FOREIGN KEY (id) REFERENCES nowhere (id))'),
        keys: { away_key: { of: away, by: 'school_id' }, day_key: { of: day, by: 'amount' }, v_key: { of: versioned, by: 'school_id', asOf: 'amount' } },
      })
      const { code, ok, problems } = await found(() => spec({
        logs: `${project.path('data/school.csv')}/logs`,
        dimensions: {
          theirs: dimension('theirs', 'name VARCHAR(9)'), odd: dimension('odd', 'name GEOMETRY'), lacking: dimension('lacking', 'nmae VARCHAR(20)', `SELECT t.* FROM (${schools}) AS t`),
          broken: dimension('broken', 'name VARCHAR(20)', 'SELECT s.* FROM nothing AS s'), long: dimension('long_dim', 'name VARCHAR(2)'), versioned, day, elsewhere,
        },
        facts: { sale },
      }))
      const expected: readonly RegExp[] = [
        /^logs: logs: .*: the log files can't be written/, /^warehouse duckdb:.*the ledger's table etl_run has no column run_id/,
        /^dimension theirs: .*a table of this name exists and was not made here/,
        /^dimension theirs: .*: the live table .*no column/, /^dimension odd: .*GEOMETRY/,
        /^dimension lacking: .*the source brings no column nmae \(did it mean name\?\)/, /^dimension broken: .*nothing/,
        /^dimension elsewhere: dimension elsewhere, the create of table elsewhere_dim: the create has no text for duckdb/,
        /^dimension long: .*brings a value that the table can't hold/, /^dimension versioned: .*valid_to is NOT NULL, and a current version has none/,
        /^fact sale: .*away_dim/, /^fact sale: .*FOREIGN KEY \(id\): table nowhere does not exist/,
        /^fact sale: .*day_key: amount is no instant/, /^fact sale: .*v_key: amount is no instant/,
      ]
      for (const each of expected) assert.ok(problems.some((problem) => each.test(problem)), `${each} in\n${problems.join('\n')}`)
      const others = problems.filter((problem) => !expected.some((each) => each.test(problem)))
      assert.deepEqual(others, [])
      assert.deepEqual([code, ok], [1, false])
    })

    it('ends like a run would: 2 where only declarations are wrong, 1 where a database is', async () => {
      assert.equal((await found(() => spec({ dimensions: { odd: dimension('odd', 'name GEOMETRY', 'SELECT s.id AS school_id, NULL AS name FROM school AS s') } }))).code, 2)
      assert.equal((await found(() => spec({ dimensions: { broken: dimension('broken', 'name VARCHAR(20)', 'SELECT s.* FROM nothing AS s') } }))).code, 1)
      await project.execute('CREATE TABLE theirs (theirs_key INT, school_id INT, name VARCHAR)')
      assert.equal((await found(() => spec({ dimensions: { theirs: dimension('theirs', 'name VARCHAR(20)') } }))).code, 2)
      const wrong = await starline(['validate'], () => spec({ source: 'nothing' }))
      assert.equal(wrong.code, 2)
      assert.match(wrong.err, /source: has no scheme/)
    })

    it('names a misspelt type by its create and column, and the one that was meant, also where the table is live', async () => {
      await project.run('--run_dimensions --quiet')
      const { code, problems } = await found(() => project.config({ name: 'VARCAR(20)' }))
      assert.deepEqual([code, problems], [2, ['dimension school: dimension school, the create of table school_dim, column name: there is no type VARCAR(20). Way out: did you mean VARCHAR?']])
      for (const line of ['--run_dimensions', '--run_dimensions --no-test_source', '--dry_run --run_dimensions', '--test_source']) {
        const ran = await project.run(line, { name: 'VARCAR(20)' })
        assert.equal(ran.code, 2, line)
        assert.match(ran.out + ran.err, /the create of table school_dim, column name: there is no type VARCAR\(20\)\n {2}way out {2}did you mean VARCHAR\?/, line)
      }
    })

    it('asks a source that is away once, and each source where the warehouse is away', async () => {
      const sources = { crm: 'mysql://u:topsecret@127.0.0.1:1/crm' }
      const dimensions = { one: fromSource('crm', 'one_dim'), two: fromSource('crm', 'two_dim'), three: dimension('three', 'name VARCHAR(20)') }
      const { code, out } = await starline(['validate'], () => spec({ sources, dimensions }))
      assert.equal(code, 1)
      assert.match(out, /^failed {2}dimension one\nfailed {2}dimension two\nok {6}dimension three\n/m)
      const lost = { crm: `duckdb:${project.path('nowhere.duckdb')}` }
      const twice = await starline(['validate'], () => spec({ sources: lost, dimensions }))
      assert.match(twice.out, /\n\n✗ duckdb:\S*nowhere\.duckdb: there is no file .*\n(?: {2}.*\n)* {2}met by {3}dimension one, dimension two\n\n1 problem\./)
      assert.equal((await found(() => spec({ sources: lost, dimensions }))).problems.length, 2, 'a program is told of each')
      assert.match(out, /nobody answers there[\s\S]*met by {3}dimension one, dimension two\n\n1 problem\. Nothing was loaded or changed\.\n$/)
      const { problems } = await found(() => spec({ sources, dimensions, warehouse: 'mysql://u:topsecret@127.0.0.1:1/w' }))
      assert.equal(problems.length, 2, problems.join('\n'))
      assert.match(problems.join('\n'), /^warehouse: .*nobody answers there[\s\S]*\nsource crm: .*nobody answers there/)
      assert.ok(!(out + problems.join()).includes('topsecret'), 'no password is told')
    })
  })

  describe('starline config print', () => {
    const before = { ...process.env }
    afterEach(() => { process.env = { ...before } })
    it('shows a configuration that is refused as well, and names the variable that is not set', async () => {
      const { code, out, err } = await starline(['config', 'print'], () => defineConfig({ source: 'files:.', warehouse: env('NOBODY_SETS_THIS'), dimensions: {}, facts: {} }))
      assert.equal(code, 2)
      assert.match(out, /^warehouse +\(empty\) +config\.ts; NOBODY_SETS_THIS is not set$/m)
      assert.match(err, /warehouse: is empty; .*or set the variable NOBODY_SETS_THIS$/m)
    })
    it('tells of each value where it came from, and no password', async () => {
      process.env = { ...before, CRM_URL: 'duckdb:crm.duckdb', SHOP_PWD: 'topsecret', ETL_WAREHOUSE: '', ETL_OUTPUT_HOST: 'db', ETL_OUTPUT_DB: 'w', ETL_OUTPUT_USER: 'loader', ETL_OUTPUT_PWD: 'hiddenpart', ETL_SOURCE: '' }
      const { code, out, err } = await starline(['config', 'print'], printed)
      assert.deepEqual([code, err], [0, ''])
      assert.deepEqual(out.trimEnd().split('\n').map((line) => line.split(/ {2,}/)), [
        ['source', 'files:examples/notes', 'config.ts; ETL_SOURCE is not set'],
        ['sources.crm', 'duckdb:crm.duckdb', 'CRM_URL'],
        ['sources.shop', 'mysql://reader:***@127.0.0.1/shop', 'config.ts, with SHOP_PWD'],
        ['sources.same', 'duckdb:crm.duckdb', 'config.ts; OTHER_URL is not set'],
        ['warehouse', 'mysql://loader:***@db/w', 'ETL_OUTPUT_HOST and its like'],
        ['queue', 'embedded', 'default'], ['logs', 'none', 'config.ts'], ['publish', 'together', 'default'],
        ['deadlines.connectSeconds', '10', 'default'], ['deadlines.idleSeconds', '60', 'config.ts'],
        ['deadlines.etlSeconds', '43200', 'default'], ['deadlines.refreshSeconds', '86400', 'default'],
        ['dimensions', 'none', 'config.ts'], ['facts', 'none', 'config.ts'],
      ])
      const document = await starline(['config', 'print', '--json'], printed)
      const { values } = JSON.parse(document.out) as { values: { key: string; from: string; variables: string[] }[] }
      assert.deepEqual(values.find(({ key }) => key === 'sources.crm'), { key: 'sources.crm', value: 'duckdb:crm.duckdb', from: 'environment', variables: ['CRM_URL'] })
      assert.ok(!/topsecret|hiddenpart/.test(out + document.out), 'no password is told')
    })

    it('writes the origin below where a terminal is narrow', async () => {
      process.env = { ...before, ETL_SOURCE: 'files:data' }
      const { out } = await starline(['config', 'print'], printed, {}, { width: 50 })
      assert.match(out, /^source +files:data\n +ETL_SOURCE\n/)
    })

    for (const argv of [['config'], ['config', 'show'], ['config', 'print', 'more']]) {
      it(`refuses ${argv.join(' ')}`, async () => assert.deepEqual([(await starline(argv)).code, (await starline(argv)).out], [2, '']))
    }
  })

  describe('starline completion', () => {
    // the words so far, the last one to be completed | what it can become
    const lines: readonly (readonly [line: string, becomes: string])[] = [
      ['', 'init new run status retry cancel logs board query ls validate schedule config completion'], ['v', 'validate'], ['x', ''],
      ['run --run_', '--run_dimensions --run_facts'], ['run --select ', 'school sale'], ['run --select s', 'school sale'], ['run --select sale,', 'sale,school'], ['run --select sc', 'school school,'],
      ['run --json --js', ''], ['query --source ', 'default'], ['new ', 'dimension fact --source --lookup --kind --name --json --help --version'],
      ['new dimension school --kind ', 'scd1 scd2'], ['cancel ', 'school sale --json --help --version'], ['cancel s', 'school sale'], ['schedule ', 'sync ls rm pause resume --yes --json --help --version'], ['config ', 'print --json --help --version'], ['completion ', 'bash zsh --help --version'], ['run --concurrency ', ''],
    ]
    for (const [line, becomes] of lines) {
      it(`of ${JSON.stringify(line)} offers ${JSON.stringify(becomes)}`, async () => {
        const { code, out } = await starline(['--complete', ...line.split(' ')])
        assert.deepEqual([code, out.trimEnd().split('\n').join(' ')], [0, becomes])
      })
    }

    it('offers nothing, and says nothing, where the configuration is wrong', async () => {
      const { code, out, err } = await starline(['--complete', 'run', '--select', ''], () => { throw new Error('no') })
      assert.deepEqual([code, out, err], [0, '', ''])
    })

    it('works in a bash: for starline, and for npx starline', async () => {
      const script = (await starline(['completion', 'bash'])).out
      project.write('bin/starline', '#!/bin/sh\nshift\nfor word in "$@"; do printf "<%s>" "$word"; done\n')
      const ask = (...words: string[]): string => {
        const asked = `${script}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _starline; printf '%s\\n' "\${COMPREPLY[@]}"`
        const { stdout, stderr, status } = spawnSync('bash', ['-c', `chmod +x bin/starline; PATH="$PWD/bin:$PATH"\n${asked}`], { cwd: project.folder, encoding: 'utf8' })
        assert.deepEqual([status, stderr], [0, ''])
        return stdout.trimEnd()
      }
      assert.equal(ask('starline', 'run', '--se'), '<run><--se>')
      assert.equal(ask('npx', 'starline', 'ls', ''), '<ls><>')
      assert.equal(ask('npx', 'tsc', ''), '')
    })

    it('has a script for zsh that a zsh can read, where there is one', async function () {
      const script = (await starline(['completion', 'zsh'])).out
      assert.match(script, /compdef _starline starline npx/)
      const { error, status, stderr } = spawnSync('zsh', ['-n', '-c', script], { encoding: 'utf8' })
      if (error !== undefined) skip(this, 'zsh reading its script of completions: there is no zsh here')
      assert.equal(status, 0, stderr)
    })

    it('refuses a shell that it has no script for', async () => {
      const { code, err } = await starline(['completion', 'bsh'])
      assert.equal(code, 2)
      assert.match(err, /no shell is called "bsh" here[\s\S]*did you mean bash\?/)
    })
  })
})
