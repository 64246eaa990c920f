import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { LIMIT } from './case.ts'
import type { Way } from './case.ts'
import { cases } from './cases/index.ts'
import { checksum } from './checksum.ts'
import { createOf, fill, SALE } from './data.ts'
import type { Door } from './door.ts'
import { measureServer } from './measure.ts'
import { help } from './help.ts'
import { exponentOf, lineOf, medianOf } from './fit.ts'
import { openScene } from './scene.ts'
import type { Scene } from './scene.ts'
import { measureCase, takeTurns } from './turns.ts'

/** Their versions are not ours to try. */
const OTHERS = /pygrametl|pgloader|dump/

/** `npm run bench`, in small: that each way works, and that one which does not is found out. Nothing here asks how fast. */
describe('the benchmark', function () {
  this.timeout(120_000)
  let scene: Scene
  before(() => { scene = openScene({ seed: 7, compiled: false, own: false }) })
  after(() => scene.close())

  // Those of which the others are made.
  for (const one of cases.filter(({ name }) => ['fact', 'csv_to_duckdb', 'scd2_changes'].includes(name))) {
    it(`has a right result and figures of each way that is here: ${one.name}`, async () => {
      const { ways } = await measureCase(one, scene, { rows: 1_000, most: 1_000, members: 100, etls: 3 }, 1, () => {}, ({ name }) => !OTHERS.test(name))
      for (const { way, wrong, skipped, median, rowsPerSecond } of ways) {
        assert.equal(wrong, undefined, way)
        if (skipped === undefined) assert.ok(median && median.seconds > 0 && median.wall >= median.seconds && rowsPerSecond, `${way} has no figures`)
      }
      assert.ok(ways.some(({ way, median }) => way.startsWith('starline') && median?.cpu && median.rss), 'Starline has all figures')
    })
  }

  it('works out how time grows', () => {
    assert.equal(exponentOf([[10, 1], [100, 10], [1_000, 100]]).toFixed(6), '1.000000')
    assert.equal(exponentOf([[10, 1], [100, 100], [1_000, 10_000]]).toFixed(6), '2.000000')
    assert.equal(exponentOf([[10, 3], [100, 3]]).toFixed(6), '0.000000')
  })

  it('tells what every run takes from what each row takes', () => {
    const { fixed, each } = lineOf([[10, 2.1], [100, 3], [1_000, 12]])
    assert.deepEqual([fixed.toFixed(6), each.toFixed(6)], ['2.000000', '0.010000'])
  })

  it('takes of each figure the one in the middle', () => {
    const runs = [[3, 30], [1, 20], [2, 90], [9, 10]].map(([seconds, rss]) => ({ seconds: seconds!, wall: seconds!, rss: rss! }))
    assert.deepEqual(medianOf(runs), { seconds: 2.5, wall: 2.5, cpu: undefined, rss: 25 })
    assert.equal(medianOf([]), undefined)
  })

  it('is explained by its page: every case and every flag', () => {
    const page = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8')
    const [, ...flags] = help.split(/^(?=  --)/m).map((line) => line.trimEnd())
    assert.ok(flags.length > 8, 'the flags were read')
    for (const flag of flags) assert.ok(flag.includes('--case') || page.includes(flag), `the page lacks: ${flag}`)
    for (const { name } of cases) assert.ok(page.includes(`\`${name}\``), `the page lacks the case ${name}`)
  })

  describe('names the way whose result is wrong:', () => {
    const bad: readonly [what: string, statement: string][] = [
      ['a row too few', 'DELETE FROM copy WHERE sale_id = 7'],
      ['one row twice, and another one lost', 'UPDATE copy AS a JOIN copy AS b ON a.sale_id = 7 AND b.sale_id = 8 SET a.buyer_id = b.buyer_id + 1'],
      ['a cent too much', 'UPDATE copy SET amount = amount + 0.01 WHERE sale_id = 7'],
      ['NULL for an empty text', "UPDATE copy SET note = NULL WHERE note = ''"],
      ['a second too late', 'UPDATE copy SET sold_at = sold_at + INTERVAL 1 SECOND WHERE sale_id = 7'],
      ['a text that was cut at a tab', "UPDATE copy SET note = 'two' WHERE note LIKE 'two%'"],
      ['values of two rows exchanged', 'UPDATE copy AS a JOIN copy AS b ON a.sale_id + b.sale_id = 3 SET a.quantity = b.quantity + 0 WHERE a.sale_id < b.sale_id'],
    ]
    let door: Door
    let expected: string
    before(async () => {
      door = (await scene.mariadb('bad')).door
      await fill(door, 'sale', SALE, 'sale_id', 1_000, 7)
      expected = await checksum(door, 'sale', SALE)
    })

    const copy = (name: string, ...after: readonly string[]): Way => ({
      name, prepare: () => door.do('DROP TABLE IF EXISTS copy', createOf('copy', SALE, 'sale_id', door.words)),
      run: () => measureServer(() => door.do('INSERT INTO copy SELECT * FROM sale', ...after)),
      result: () => checksum(door, 'copy', SALE),
    })
    for (const [what, statement] of bad) {
      it(what, async () => {
        const [right, wrong] = await takeTurns({ rows: 1_000, expected: async () => expected, ways: [copy(LIMIT), copy(what, statement)] }, 2, () => {})
        assert.ok(right?.median && right.wrong === undefined && right.timesFirst === 1, 'the right one is right')
        assert.match(wrong?.wrong ?? '', /^it made \d+\|\d+, which must be 1000\|\d+$/)
        assert.equal(wrong?.median, undefined, 'its figures count for nothing')
      })
    }

    it('one that fails', async () => {
      const [wrong] = await takeTurns({ rows: 1_000, expected: async () => expected, ways: [copy('fails', 'SELECT * FROM nowhere')] }, 2, () => {})
      assert.match(wrong?.wrong ?? '', /nowhere/)
    })
  })
})
