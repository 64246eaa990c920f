import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createConnection } from 'mysql2/promise'
import type { RowDataPacket } from 'mysql2/promise'
import { freshDatabase, mariadb, redis } from '../helpers/servers/index.ts'
import { until } from '../helpers/servers/machine.ts'
import { withConnection } from '../helpers/servers/mariadb.ts'
import { isWell, read, tallyLine, watch } from './reader.ts'

interface Shown { readonly code: number | null; readonly out: string; readonly pid: number }

/** Runs a demonstration on the servers of these tests, and tells of what it prints. */
async function show(name: 'queue' | 'kill' | 'embedded', told: (out: string, stop: () => void) => void = () => undefined): Promise<Shown> {
  const env = { ...process.env, STARLINE_TEST_MYSQL: (await mariadb()).url, STARLINE_TEST_REDIS: (await redis()).url }
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/demo/main.ts', ...name === 'embedded' ? ['queue', '--embedded'] : [name]], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => {
      out += text.toString()
      told(out, () => child.kill('SIGINT'))
    })
  }
  const timer = setTimeout(() => child.kill('SIGTERM'), 150_000)
  const code = await new Promise<number | null>((resolve) => { child.once('close', resolve) })
  clearTimeout(timer)
  return { code, out, pid: child.pid ?? 0 }
}

async function leftBy({ pid }: Shown): Promise<string[]> {
  const found = await withConnection((await mariadb()).url, async (connection) => (await connection.query<RowDataPacket[]>('SHOW DATABASES'))[0])
  return found.map((row) => String(row['Database'])).filter((name) => name.startsWith('demo_') && name.includes(`_${pid}_`))
}

describe('the demonstrations', function () {
  this.timeout(180_000)

  it('load the example by two workers side by side, and leave nothing behind', async () => {
    const shown = await show('queue')
    assert.equal(shown.code, 0, shown.out)
    for (const worker of ['worker 1', 'worker 2']) assert.match(shown.out, new RegExp(`^${worker} \\| Loaded [\\d,]+ rows? into`, 'm'), 'both have loaded something')
    assert.match(shown.out, /^run\.ts \| .*(?:loaded|published) fact product_sale, 50,000 rows/m)
    assert.match(shown.out, /^run\.ts \| Published 11 tables /m)
    assert.match(shown.out, /^ {2}\('dimension', 'product', 850\)$/m)
    assert.match(shown.out, /^ {2}\('fact', 'product_sale', 50000\)$/m)
    assert.deepEqual(await leftBy(shown), [])
  })

  it('say what they do where they are asked, and refuse what they do not know', () => {
    for (const [line, code, words] of [['queue --help', 0, /npm run demo:queue \[-- --embedded\]/], ['kill --embedded', 2, /no flag --embedded/]] as const) {
      const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'test/demo/main.ts', ...line.split(' ')], { encoding: 'utf8' })
      assert.equal(status, code, line)
      assert.match(stdout + stderr, words)
    }
  })

  it('load the example without any server, in one process', async () => {
    const shown = await show('embedded')
    assert.equal(shown.code, 0, shown.out)
    assert.doesNotMatch(shown.out, /^worker \d/m)
    assert.match(shown.out, /^ {2}\('fact', 'product_sale', 50000\)$/m)
  })

  it('kill a worker in the middle of its load, and its reader sees nothing of it', async () => {
    const shown = await show('kill')
    assert.equal(shown.code, 0, shown.out)
    assert.match(shown.out, /^Killed worker \d.* in the middle of loading product_sale;/m)
    assert.match(shown.out, /^The tuples are the same as before\.$/m)
    assert.match(shown.out, /^The reader saw: [\d,]+ readings, 0 missing, 0 empty, 0 partial$/m)
    assert.deepEqual(await leftBy(shown), [])
  })

  it('clear up where somebody presses Ctrl-C', async () => {
    let isAsked = false
    const shown = await show('queue', (out, stop) => {
      if (isAsked || !/^worker \d \| Started/m.test(out)) return
      isAsked = true
      stop()
    })
    assert.equal(shown.code, 130, shown.out)
    assert.deepEqual(await leftBy(shown), [])
  })
})

const fill = (rows: number): string => `INSERT INTO t VALUES ${Array.from({ length: rows }, (_, i) => `(${i})`).join(',')}`

describe('the reader of the demonstrations', () => {
  it('counts tables that are missing, empty or half loaded, and nothing else', async () => {
    const { adminUrl } = await freshDatabase('demo_reader')
    const [eyes, hands] = [await createConnection({ uri: adminUrl }), await createConnection({ uri: adminUrl })]
    const create = 'CREATE TABLE t (n INT)'
    for (const sql of [create, fill(3)]) await hands.query(sql)
    const sql = 'SELECT COUNT(*) AS n FROM t'
    const reader = watch(eyes, sql, await read(eyes, sql))
    const { tally } = reader
    // What was done | what the reader counts then
    const steps = [['DROP TABLE t', 'missing'], [create, 'empty'], [fill(2), 'partial'], ['DROP TABLE t', 'missing'], [create, 'empty'], [fill(4), 'partial']] as const
    await until('it reads', () => tally.readings > 5 || undefined)
    assert.ok(isWell(tally), tallyLine(tally))
    for (const [statement, what] of steps) {
      const before = tally[what]
      await hands.query(statement)
      await until(`it counts ${what}`, () => tally[what] > before || undefined)
    }
    await reader.stop()
    assert.ok(!isWell(tally), tallyLine(tally))
    assert.equal(tally.failed, 0, tallyLine(tally))
    await Promise.all([eyes.end(), hands.end()])
  })

  it('is not content where nothing was read, or a reading failed', () => {
    const none = { readings: 0, missing: 0, empty: 0, partial: 0, failed: 0 }
    assert.equal(isWell(none), false)
    assert.equal(isWell({ ...none, readings: 2, failed: 1 }), false)
    assert.equal(isWell({ ...none, readings: 2 }), true)
  })
})
