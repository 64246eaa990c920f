import assert from 'node:assert/strict'
import { main } from '../../engine/main.ts'
import { commands } from '../../engine/cli/commands.ts'
import { create, csv, defineConfig, scd1, source } from '../../engine/index.ts'
import type { Config, ConfigSpec } from '../../engine/index.ts'
import { read } from '../docs/markdown.ts'
import { capturedIo } from './captured.ts'
import { newProject } from './project.ts'
import type { Project } from './project.ts'

/** One mistake of a kind: the words of its command line, and the configuration where it is that which is wrong. */
interface Made {
  readonly argv: readonly string[]
  readonly config?: (project: Project) => unknown
  readonly before?: (project: Project) => Promise<() => Promise<void>>
}

const words = (line: string): readonly string[] => line.split(' ')
const made = (line: string, config?: Made['config']): Made => ({ argv: words(line), ...config && { config } })
const query = (sql: string, ...more: readonly string[]): Made => ({ argv: ['query', ...more, sql] })

const SCHOOLS = 'SELECT s.id AS school_id FROM school AS s'
const dimension = (from: Parameters<typeof scd1>[0]['source'], columns = 'school_id INT NOT NULL') =>
  scd1({ source: from, create: create<string>(`CREATE TABLE x_dim (x_key KEY, ${columns})`), key: 'x_key', lookup: ['school_id'] })
const star = (rest: Partial<ConfigSpec>) => (project: Project): Config => defineConfig({
  source: `files:${project.path('data')}`, warehouse: `duckdb:${project.path('warehouse.duckdb')}`, logs: false, dimensions: {}, facts: {}, ...rest,
})
const of = (from: Parameters<typeof scd1>[0]['source'], columns?: string, rest: Partial<ConfigSpec> = {}) => star({ ...rest, dimensions: { x: dimension(from, columns) } })
const schools = (rest: Partial<ConfigSpec>) => of(source(SCHOOLS), undefined, rest)
const NOBODY = 'mysql://u@127.0.0.1:1/x'

/** By the words of the reference. */
const MISTAKES: Readonly<Record<string, readonly Made[]>> = {
  'a command, a flag or a word that is not known, or a value that lacks': [
    made('qery'), made('run --selct a'), made('run --select'), made('run --concurrency 0'), made('run school'), made('ls x'), made('validate x'), made('init a b'), made('new dimensoin school'),
    made('new dimension school --kind scd9'), made('config show'), made('completion bsh'), made('query'),
  ],
  'a name that nobody has: of an ETL, of a source': [
    made('run --select scool'), made('run --run_dimensions --exclude scool'), query('select 1', '--source', 'crm'), made('run', of(source('crm', SCHOOLS))), made('validate', of(source('crm', SCHOOLS))),
    made('new dimension twon'), made('new dimension town --source crm'),
  ],
  'a question that nobody can be asked': [made('run --drop_tables'), made('run --rollback')],
  'a configuration that is not there, can\'t be imported, or is wrong': ['run', 'ls', 'validate', 'query select', 'config print', 'new dimension town']
    .flatMap((line) => [made(line, () => { throw new TypeError('x is not a function') }), made(line, () => ({})), made(line, star({ source: 'nowhere' }))]),
  'a create that can\'t be read, or has no text for the warehouse': [
    made('run', of(source(SCHOOLS), 'school_id INT NOT NULL,,')), made('run', star({ dimensions: { x: scd1({
      source: source(SCHOOLS), create: create({ mysql: 'CREATE TABLE x_dim (\n x_key KEY,\n school_id INT\n)' }), key: 'x_key', lookup: ['school_id'],
    }) } })),
    made('run', of(source({ mysql: SCHOOLS }))),
  ],
  'a type that nobody knows, or that no load carries': ['run', 'run --run_dimensions', 'run --run_dimensions --no-test_source', 'validate'].flatMap((line) => [
    made(line, of(source(SCHOOLS), 'school_id INTT NOT NULL')), made(line, of(source<{ school_id: number; d: null }>('SELECT s.id AS school_id, NULL AS d FROM school AS s'), 'school_id INT NOT NULL, d INTERVAL')),
  ]),
  'a file or folder that is not there': [
    ...['run', 'run --run_dimensions', 'validate'].flatMap((line) => ['files:/nowhere/x', 'duckdb:/nowhere/x'].map((url) => made(line, schools({ source: url })))),
    made('run', of(csv('nowhere.csv', ['school_id']))), { ...query('select 1', '--source', 'default'), config: star({ source: 'files:/nowhere/x' }) },
    { ...query('select 1', '--source', 'default'), config: star({ source: 'duckdb:/nowhere/x' }) }, { ...query('select 1'), config: star({ warehouse: 'duckdb:/nowhere/x' }) },
  ],
  'a folder that can\'t be written': [
    made('run --run_dimensions', (project) => schools({ logs: project.path('data/school.csv/logs') })(project)), made('validate', (project) => schools({ logs: project.path('data/school.csv/logs') })(project)),
    made('run --run_dimensions', (project) => schools({ warehouse: `duckdb:${project.path('data/school.csv/w.duckdb')}` })(project)), made('init /etc/hostname/x'),
  ],
  'a table that was not made here, or a fact without its dimension': [
    { ...made('run --run_dimensions', schools({})), before: async (project) => { await project.execute('CREATE TABLE x_dim (x_key INT, school_id INT)'); return () => project.execute('DROP TABLE x_dim') } },
    made('run --run_facts'),
  ],
  'nothing to run, or to roll back': [made('run --exclude school,sale'), made('run --no-test_source'), made('run --rollback --yes')],
  'a server that does not answer, or a user who is not let in': [
    made('run', schools({ source: NOBODY })), made('run', schools({ warehouse: NOBODY })), made('run --rollback --yes', schools({ warehouse: NOBODY })), made('validate', schools({ source: NOBODY })),
    { ...query('select 1'), config: star({ warehouse: NOBODY }) }, made('new dimension town', star({ source: NOBODY })),
  ],
  'SQL that the database refuses': [
    query('selct 1', '--source', 'default'), query('drop table school', '--source', 'default'), made('run', of(source('SELECT s.id AS school_id FROM scool AS s'))),
    made('run --run_dimensions --no-test_source', of(source('SELECT s.id AS school_id FROM scool AS s'))), made('validate', of(source('SELECT s.id AS school_id FROM scool AS s'))),
  ],
  'a source that lacks a column, or brings what the table can\'t hold': ['run', 'run --run_dimensions', 'validate'].flatMap((line) => [
    made(line, of(source('SELECT s.* FROM school AS s'))), made(line, of(source("SELECT 'x' AS school_id"))),
  ]),
}

/** What each command's document always holds, where it could do nothing too. */
const KEYS: Readonly<Record<string, readonly string[]>> = { run: ['refresh', 'results', 'etls', 'seconds'] }
for (const { name, nothing = {} } of commands) if (name !== 'run') Object.assign(KEYS, { [name]: Object.keys(nothing) })

describe('the exit code of a mistake', function () {
  this.timeout(60_000)
  const documented = new Map([...read('docs/reference/command-line.md').split('## Exit codes')[1]?.split('\n## ')[0]?.matchAll(/^\| ([a-zA-Z].*) \| `(\d)` \|$/gm) ?? []].map(([, what = '', code]) => [what, Number(code)]))
  let project: Project
  before(() => { project = newProject() })
  after(() => project.remove())

  const ended = async ({ argv, config = () => project.config(), before: prepared }: Made, ...more: readonly string[]) => {
    const io = capturedIo()
    const tidy = await prepared?.(project)
    try {
      const code = await main([...argv, ...more], (url) => Promise.resolve(url.endsWith('/config.ts') ? { default: config(project) } : {}), io)
      return { code, out: io.out.text(), err: io.err.text() }
    } finally {
      await tidy?.()
    }
  }

  // That one waits for a while first: the tests of a run have it.
  it('is in the reference for each that is tried here, and no other', () => assert.deepEqual([...documented.keys()], [...Object.keys(MISTAKES), 'somebody else at work on the table']))

  for (const [what, mistakes] of Object.entries(MISTAKES)) {
    it(`is ${documented.get(what)} for ${what}, and its document is the command's own`, async () => {
      for (const mistake of mistakes) {
        const line = mistake.argv.join(' ')
        const said = await ended(mistake)
        assert.equal(said.code, documented.get(what), `${line}\n${said.out}${said.err}`)
        assert.match(said.out + said.err, /✗ /, line)
        const [command = ''] = mistake.argv
        if (command === 'completion') continue
        const { code, out } = await ended(mistake, '--json')
        const document = JSON.parse(out) as Record<string, unknown>
        assert.equal(code, documented.get(what), `${line} --json`)
        for (const key of KEYS[command] ?? []) assert.ok(key in document, `${line}: ${key} is missing in ${out}`)
        if (!('findings' in document) || 'error' in document) assert.equal(typeof (document['error'] as { message?: unknown } | undefined)?.message, 'string', line)
        const strange = Object.keys(document).filter((key) => command !== 'run' && key !== 'error' && !(KEYS[command] ?? []).includes(key))
        assert.deepEqual(strange, [], `${line} has keys of another command`)
      }
    })
  }

  it('comes with the problems of a configuration, one line each, whichever command meets them', async () => {
    for (const argv of [['run'], ['ls'], ['query', 'select 1'], ['validate'], ['config', 'print'], ['new', 'dimension', 'town']]) {
      const { out } = await ended({ argv, config: star({ source: 'nowhere', queue: 'x:y' }) }, '--json')
      const { error } = JSON.parse(out) as { error: { what: string; message: string; problems: string[] } }
      assert.equal(error.what, 'the configuration has 2 problems', argv[0])
      assert.deepEqual(error.problems.map((problem) => problem.split(':')[0]), ['source', 'queue'], argv[0])
      assert.ok([error.what, error.message, ...error.problems].every((text) => !text.includes('\n')), out)
    }
  })
})
