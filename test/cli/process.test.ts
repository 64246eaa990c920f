import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { newProject, ROOT, writeFiles } from './project.ts'
import type { Project } from './project.ts'
import { skip } from '../helpers/skip.ts'

const TSX = import.meta.resolve('tsx')
const BIN = join(ROOT, 'bin/starline.mjs')

/** The environment of a plain shell: what the tests themselves run in must not colour anything. */
const plain = (): NodeJS.ProcessEnv => {
  const { NO_COLOR: _, FORCE_COLOR: _2, CI: _3, STARLINE_DEBUG: _4, ...env } = process.env
  return env
}

describe('a process of its own', function () {
  this.timeout(60_000)
  let project: Project
  const children = new Set<ChildProcess>()

  beforeEach(() => {
    project = newProject()
    writeFiles(project)
  })
  afterEach(() => {
    for (const child of children) child.kill('SIGKILL')
    children.clear()
    project.remove()
  })

  const node = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: project.folder, env: { ...plain(), ...env }, encoding: 'utf8' })
    return { code: status, out: stdout, err: stderr }
  }
  const run = (line: string, env: NodeJS.ProcessEnv = {}) => node(['--import', TSX, 'run.ts', ...line.split(' ').filter(Boolean)], env)
  const starline = (...args: string[]) => node([BIN, ...args])

  const begin = (line: string, env: NodeJS.ProcessEnv = {}) => {
    const child = spawn(process.execPath, ['--import', TSX, 'run.ts', ...line.split(' ')], { cwd: project.folder, env: { ...plain(), ...env } })
    children.add(child)
    const seen = { out: '', err: '' }
    child.stdout.on('data', (data: Buffer) => { seen.out += data.toString() })
    child.stderr.on('data', (data: Buffer) => { seen.err += data.toString() })
    const ended = new Promise<number | null>((resolve) => { child.on('close', (code) => resolve(code)) })
    return { child, seen, ended }
  }

  /** Waits until the log has a text after so many characters; the child must be alive until then. */
  const logged = async (text: string, child: ChildProcess, after = 0): Promise<void> => {
    while (!project.has('etl-logs/run.log') || !project.read('etl-logs/run.log').slice(after).includes(text)) {
      assert.equal(child.exitCode, null, 'the process ended too early')
      await new Promise((resolve) => { setTimeout(resolve, 20) })
    }
  }

  it('shows its help and its version whatever is in config.ts', () => {
    project.write('config.ts', 'this is no TypeScript')
    const { code, out, err } = run('--help')
    assert.deepEqual([code, err], [0, ''])
    assert.match(out, /--test_source.*--drop_tables.*--run_dimensions.*--run_facts/s)
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
    assert.equal(run('--version').out, `${version}\n`)
  })

  const wrong: [string, string, RegExp][] = [
    ['that is no TypeScript', 'const = 1', /the configuration could not be loaded.*config\.ts:1/s],
    ['that imports what is not there', "import './dimensions/index.ts'", /the configuration could not be loaded.*dimensions\/index\.ts/s],
    ['that throws', 'export default nobody.knows', /nobody is not defined \(.*config\.ts:1/],
    ['that exports nothing', 'export const config = 1', /config\.ts exports no configuration/],
    ['with two problems', `
      import { defineConfig } from 'starline'
      export default defineConfig({ source: 'nowhere', warehouse: 'oracle:x', dimensions: {}, facts: {} })
    `, /✗ the configuration has 2 problems\n {2}- source: .*\n {2}- warehouse: .*oracle/],
  ]
  for (const [what, text, said] of wrong) {
    it(`ends with 2 and no stack trace for a configuration ${what}`, () => {
      project.write('config.ts', text)
      const { code, out, err } = run('--run_dimensions')
      assert.deepEqual([code, out], [2, ''], err)
      assert.match(err, said)
      assert.ok(!/^ {4}at /m.test(err), err)
    })
  }

  it('prints one document and nothing else with --json, also for a wrong configuration', () => {
    project.write('config.ts', 'export default nobody.knows')
    const { code, out } = run('--json')
    assert.equal(code, 2)
    assert.equal(JSON.parse(out).error.name, 'ConfigurationError')
  })

  it('shows the stack trace where STARLINE_DEBUG is set', () => {
    project.write('config.ts', 'export default nobody.knows')
    assert.match(run('', { STARLINE_DEBUG: '1' }).err, /^ {4}at /m)
  })

  it('has no colours in a pipe, and has them where they are forced', () => {
    assert.ok(!run('--run_dimensions').out.includes('\u001b'))
    assert.ok(run('', { FORCE_COLOR: '1' }).out.includes('\u001b['))
  })

  it('ends well where its reader goes away', () => {
    const { status, stderr } = spawnSync('sh', ['-c', '"$0" --import "$1" run.ts --dry_run | head -n 1', process.execPath, TSX],
      { cwd: project.folder, env: plain(), encoding: 'utf8' })
    assert.deepEqual([status, stderr], [0, ''])
  })

  it('loads on where nothing can be written to standard error, and says where the report could not be', async function () {
    if (!existsSync('/dev/full')) skip(this, 'a disk that is full: /dev/full is not there')
    const shell = (redirected: string) => spawnSync('sh', ['-c', `"$0" --import "$1" run.ts --run_dimensions ${redirected}`, process.execPath, TSX],
      { cwd: project.folder, env: plain(), encoding: 'utf8' })
    const deaf = shell('2> /dev/full')
    assert.deepEqual([deaf.status, deaf.stdout.split('\n')[0]], [0, 'dimension  school 3'])
    const mute = shell('> /dev/full')
    assert.equal(mute.status, 1, mute.stderr)
    assert.match(mute.stderr, /✗ The report could not be written to standard output: ENOSPC/)
    assert.equal((await project.rows("SELECT * FROM etl_refresh WHERE status = 'succeeded'")).length, 2, 'both have loaded')
  })

  it('leaves the live table as it was on Ctrl-C, and ends with 130', async () => {
    assert.equal(run('--run_dimensions').code, 0)
    const before = await project.rows('SELECT * FROM school_dim ORDER BY school_key')
    const lines = project.read('etl-logs/run.log').length
    const { child, ended, seen } = begin('--run_dimensions', { SCHOOLS: "SELECT CAST(r.range AS BIGINT) AS school_id, 'x' AS name FROM range(100000000000) AS r" })
    await logged('Loading data', child, lines)
    child.kill('SIGINT')
    assert.equal(await ended, 130, seen.err)
    assert.match(seen.err, /^Stopping\. What is not published yet stays as it was\./m)
    assert.match(seen.out, /^Stopped; published nothing/m)
    assert.deepEqual(await project.rows('SELECT * FROM school_dim ORDER BY school_key'), before)
    const [last] = await project.rows('SELECT status FROM etl_refresh ORDER BY started_at DESC LIMIT 1')
    assert.equal(last?.['status'], 'stopped')
    assert.equal(run('--run_dimensions').code, 0)
  })

  it('is busy while another process has the embedded warehouse', async () => {
    const { child, ended } = begin('--run_dimensions --no-test_source', { SCHOOLS: "SELECT CAST(r.range AS BIGINT) AS school_id, 'x' AS name FROM range(100000000000) AS r" })
    await logged('Loading data', child)
    const { code, err } = run('--run_dimensions')
    assert.equal(code, 3, err)
    assert.match(err, /another process has .* open/)
    child.kill('SIGKILL')
    await ended
    assert.equal(run('--run_dimensions').code, 0, 'a killed run is in nobody\'s way')
  })

  it('is starline run as well, and starline query prints a table', () => {
    const ran = starline('run', '--run_dimensions')
    assert.deepEqual([ran.code, ran.out.split('\n')[0]], [0, 'dimension  school 3'], ran.err)
    const answer = starline('query', 'select school_key, name, cast(null as varchar) as nothing from school_dim where school_key > 0 order by 1 limit 2')
    assert.deepEqual([answer.code, answer.out], [0, 'school_key  name   nothing\n         1  North  NULL\n         2  South  NULL\n'], answer.err)
  })

  it('is started from another folder in a clone, where tsx is told of its tsconfig.json', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', TSX, project.path('run.ts'), '--run_dimensions'], {
      cwd: project.path('data'), env: { ...plain(), TSX_TSCONFIG_PATH: project.path('tsconfig.json') }, encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
    assert.match(stdout, /^dimension {2}school 3\n/)
    assert.ok(project.has('warehouse.duckdb') && !project.has('data/warehouse.duckdb'), 'what is configured is meant from the folder of run.ts')
  })

  it('says that a config.ts awaits for ever, and ends with 2', () => {
    project.write('config.ts', 'await new Promise(() => undefined)\nexport default undefined')
    for (const { code, out, err } of [run(''), run('--json'), starline('ls')]) {
      assert.equal(code, 2, err)
      assert.match(out + err, /the configuration could not be loaded.*config.ts, or a file that it imports, awaits what never comes/s)
    }
  })

  it('refuses a log file that is a pipe, which nobody may ever read', function () {
    if (process.platform === 'win32') skip(this, 'pipes in folders: there are none here')
    mkdirSync(join(project.folder, 'etl-logs'), { recursive: true })
    assert.equal(spawnSync('sh', ['-c', 'mkfifo etl-logs/run.jsonl'], { cwd: project.folder }).status, 0)
    const { code, err } = run('')
    assert.equal(code, 2, err)
    assert.match(err, /run\.jsonl: the log files can't be written.*it is a pipe/s)
  })

  it('looks for config.ts in the working folder only', () => {
    const { status, stderr } = spawnSync(process.execPath, [BIN, 'run'], { cwd: project.path('data'), env: plain(), encoding: 'utf8' })
    assert.equal(status, 2)
    assert.match(stderr, /there is no config\.ts here/)
  })

  describe('on a terminal', function () {
    const script = '/usr/bin/script'
    /** Runs in a pseudo-terminal, with somebody who answers the question that is expected, if any. */
    const inTerminal = async (line: string, env: NodeJS.ProcessEnv = {}, expected?: string, answer = '') => {
      const command = `"${process.execPath}" --import "${TSX}" run.ts ${line}`
      const child = spawn(script, ['-qefc', command, '/dev/null'], { cwd: project.folder, env: { ...plain(), TERM: 'xterm', ...env } })
      children.add(child)
      let screen = ''
      let asked = expected !== undefined
      child.stdout.on('data', (data: Buffer) => {
        screen += data.toString()
        if (!asked || !screen.includes(expected ?? '')) return
        asked = false
        child.stdin.write(answer)
      })
      const code = await new Promise<number | null>((resolve) => { child.on('exit', resolve) })
      return { code, screen }
    }
    before(function () {
      if (!existsSync(script)) skip(this, `what asks in a terminal: ${script} is not there to make one`)
    })

    it('asks before it drops', async () => {
      assert.equal(run('--run_dimensions').code, 0)
      const { code, screen } = await inTerminal('--drop_tables', {}, '[y/N]', 'y\r')
      assert.match(screen, /Drop 1 table\? \[y\/N\]/)
      assert.equal(code, 0, screen)
      assert.ok(!(await project.tables()).includes('school_dim'))
    })

    it('stops at the question on Ctrl-C', async () => {
      assert.equal(run('--run_dimensions').code, 0)
      const { code, screen } = await inTerminal('--drop_tables', {}, '[y/N]', '\u0003')
      assert.equal(code, 130, screen)
      assert.ok((await project.tables()).includes('school_dim'))
    })

    it('has colours and live lines, and neither with NO_COLOR and CI', async () => {
      const { code, screen } = await inTerminal('--run_dimensions')
      assert.equal(code, 0, screen)
      assert.ok(screen.includes('\u001b[2m') && screen.includes('\u001b[1A\u001b[J'), screen)
      const quiet = await inTerminal('--run_dimensions', { NO_COLOR: '1', CI: 'true' })
      assert.ok(!quiet.screen.includes('\u001b'), quiet.screen)
    })
  })
})
