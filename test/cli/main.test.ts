import assert from 'node:assert/strict'
import { main } from '../../engine/main.ts'
import type { Ran } from './project.ts'
import { newProject } from './project.ts'
import type { Project } from './project.ts'
import { capturedIo } from './captured.ts'

describe('starline', () => {
  let project: Project
  before(async () => {
    project = newProject()
    assert.equal((await project.run('--run_dimensions')).code, 0)
  })
  after(() => project.remove())

  /** There is a config.ts in the tests' working folder; what is imported of it is the project's. */
  const starline = async (...argv: string[]): Promise<Ran> => {
    const io = capturedIo()
    const code = await main(argv, () => Promise.resolve({ default: project.config() }), io)
    return { code, out: io.out.text(), err: io.err.text() }
  }

  for (const [argv, said] of [
    [[], /Commands\n {2}init [\s\S]*\n {2}run [\s\S]*\n {2}query/], [['--help'], /Commands/], [['help'], /Commands/],
    [['--version'], /^\d+\.\d+\.\d+\S*\n$/], [['run', '--version'], /^\d+\.\d+\.\d+\S*\n$/], [['query', '--version'], /^\d+\.\d+\.\d+\S*\n$/],
    [['run', '--help'], /--run_dimensions/], [['query', '--help'], /--source name/], [['new', '--help'], /--lookup a,b/], [['init', '--help'], /Begins a warehouse of your own/],
  ] as const) {
    it(`answers ${['starline', ...argv].join(' ')}`, async () => {
      const { code, out, err } = await starline(...argv)
      assert.deepEqual([code, err], [0, ''])
      assert.match(out, said)
    })
  }

  it('asks the warehouse', async () => {
    const { code, out } = await starline('query', 'select school_key as key, name, state from school_dim order by 1 limit 3;')
    assert.deepEqual([code, out], [0, 'key  name     state\n -1  Unknown  NULL\n  1  North    Ohio\n  2  South    NULL\n'])
  })

  it('asks a source, and gives JSON in which no column is lost', async () => {
    const { code, out, err } = await starline('query', '--source', 'default', '--json', 'select s.id as id, s.name as id from school as s order by 1')
    assert.equal(code, 0, err)
    const document = JSON.parse(out)
    assert.deepEqual(document.columns, ['id', 'id_2'])
    assert.deepEqual(document.rows[0], { id: '1', id_2: 'North' })
    assert.equal(document.cut, false)
  })

  it('says where there are no rows', async () => {
    assert.equal((await starline('query', 'select 1 as n where false')).out, 'n\n(no rows)\n')
  })

  it('keeps a row on its line, and long texts short on a terminal alone', async () => {
    const sql = "select 'a' || chr(10) || chr(27) || 'b' as short, repeat('x', 100) as long"
    assert.equal((await starline('query', sql)).out, `short  long\na b    ${'x'.repeat(100)}\n`)
    const io = capturedIo({ width: 80 })
    await main(['query', sql], () => Promise.resolve({ default: project.config() }), io)
    assert.equal(io.out.text(), `short  long\na b    ${'x'.repeat(59)}…\n`)
  })

  it('cuts an answer after a thousand rows, and says so', async () => {
    const cut = await starline('query', 'select r.range as n from range(1001) as r')
    assert.equal(cut.out.trimEnd().split('\n').length, 1001)
    assert.match(cut.err, /^Cut after 1,000 rows/)
    assert.equal((await starline('query', 'select r.range as n from range(1000) as r')).err, '')
    assert.equal(JSON.parse((await starline('query', '--json', 'select r.range as n from range(1001) as r')).out).cut, true)
  })

  // command line | exit code | what is said
  const refusals: [string[], number, RegExp][] = [
    [['worker'], 2, /a worker is no command of starline\n.*npm run worker starts one/],
    [['qery'], 2, /there is no command qery\n.*did you mean query\?/],
    [['qery', '--source', 'crm', 'select 1'], 2, /there is no command qery\n/],
    [['--jsn'], 2, /there is no flag --jsn\n/],
    [['query'], 2, /the SQL is missing/],
    [['query', 'select', '1'], 2, /a query is one text/],
    [['run', 'school'], 2, /nothing can be done with "school"/],
    [['query', '--select', 'a'], 2, /there is no flag --select\n/],
    [['query', '--source', 'defualt', 'select 1'], 2, /no source is called "defualt"\n.*did you mean default\?/],
    [['query', '--source', 'toString', 'select 1'], 2, /no source is called "toString"/],
    [['query', 'drop table school_dim'], 1, /reading only/],
    [['query', 'select * from nobody'], 1, /nobody/],
    [['run', '--run_fact'], 2, /did you mean --run_facts\?/],
  ]
  for (const [argv, code, said] of refusals) {
    it(`refuses ${argv.join(' ')}`, async () => {
      const ran = await starline(...argv)
      assert.deepEqual([ran.code, ran.out], [code, ''])
      assert.match(ran.err, said)
    })
  }

  it('takes what follows -- as it is', async () => {
    assert.equal((await starline('query', '--', '--a comment\nselect 1 as n')).out, 'n\n1\n')
  })

  it('gives one document with --json, also where the command line is wrong', async () => {
    for (const line of ['qery --json', 'run --json --selct a', 'run --json --concurrency 0', 'query --json']) {
      const { code, out, err } = await starline(...line.split(' '))
      assert.deepEqual([code, err], [2, ''], line)
      assert.equal(JSON.parse(out).error.name, 'ConfigurationError', line)
    }
  })

  it('gives one document with --json, also where a query is refused', async () => {
    const { code, out } = await starline('query', '--json', 'select * from nobody')
    assert.equal(code, 1)
    assert.equal(JSON.parse(out).error.name, 'DatabaseError')
  })
})
