import assert from 'node:assert/strict'
import { torture } from './torture.ts'
import type { Trouble } from './torture.ts'

/** A short form of `npm run torture`, with workers that run the sources. */
describe('jobs of the queue under torture', () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  const cases: readonly [Trouble, jobs: number, times: number, words: string][] = [
    ['kills', 40, 5, 'whose workers are killed one after the other'],
    ['restarts', 30, 2, 'whose Redis is killed and comes back'],
    ['wipes', 30, 2, 'whose Redis loses everything'],
  ]
  for (const [trouble, jobs, times, words] of cases) {
    it(`${words} are each done once`, async function () {
      this.timeout(600_000)
      const { line, violations, struck } = await torture({ trouble, queue: 'redis', jobs, times, workers: 2, etls: 10, seed, compiled: false })
      assert.deepEqual(violations, [], line)
      assert.ok(struck > 0, `nothing was troubled: ${line}`)
    })
  }

  it('are looked at by who sees a failure, a success too few, a doubled row and a table that was left', async function () {
    this.timeout(600_000)
    const { violations } = await torture({
      trouble: 'none', queue: 'redis', jobs: 4, times: 0, workers: 1, etls: 4, seed, compiled: false,
      async spoil(session) {
        await session.execute("UPDATE etl_refresh SET status = 'failed' WHERE id = (SELECT refresh FROM etl_run WHERE target = 'd1_dim')")
        await session.execute("UPDATE etl_request SET status = 'failed' WHERE request_key = (SELECT request_key FROM etl_run WHERE target = 'd2_dim')")
        await session.execute("INSERT INTO d3_dim VALUES (99, 1, 'one')")
        await session.execute('CREATE TABLE d4_dim__i7 (id INT)')
      },
    })
    assert.deepEqual(violations.slice(0, 4), [
      'refreshes that did not succeed: 1', 'requests that did not succeed: 1', 'working tables left: 1',
      "rows of d3_dim that are not the source's: 1 one, 1 one, 2 two, 3 three: 1",
    ])
  })
})
