import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'

const WORK = new URL('../../engine/queue/work.ts', import.meta.url).href

/** A worker's life in a process of its own, with a configuration as `config.ts` would give it: an expression. */
function worker(config: string, ...flags: string[]): { code: number | null; err: string } {
  const program = `import { work } from '${WORK}'; process.exitCode = await work(${config}, ${JSON.stringify(flags)})`
  const { status, stderr } = spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', program], { encoding: 'utf8' })
  return { code: status, err: stderr }
}

describe('a worker ends with 2 and says why', function () {
  this.timeout(20_000)

  // where | its configuration | what is said
  const wrong: [string, string, RegExp][] = [
    ['config.ts throws', "() => Promise.reject(new ReferenceError('nobody is not defined'))", /^the configuration could not be loaded. nobody is not defined/],
    ['config.ts exports nothing', '() => Promise.resolve({})', /^config.ts exports no configuration/],
    ['its logs have no folder', "{ logs: '/dev/null/logs', dimensions: {}, facts: {}, warehouse: '' }", /^logs: \/dev\/null\/logs: the log files can't be written/],
  ]
  for (const [where, config, said] of wrong) {
    it(`where ${where}`, () => {
      const { code, err } = worker(config)
      assert.equal(code, 2, err)
      assert.match(err, said)
    })
  }
})
