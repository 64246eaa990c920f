import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Case, Way } from '../case.ts'
import { measureNode } from '../measure.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
/** The template, as it comes with the package. */
const EXAMPLE = ['config.ts', 'run.ts', 'sources', 'creates', 'dimensions', 'facts', 'tasks', 'examples/notes']
const LOADED = 'product 850, user 279, course 30418, date 2191, school 1687, payment_source 3, disability_program 1, affiliate 4, site 1, product_sale 50000, product_upload 1200'
const RIGHT = 'as it should'

const answers = (pattern: RegExp) => (out: string): string => pattern.test(out) ? RIGHT : out

function results(out: string): string {
  const { results: tuples } = JSON.parse(out) as { results: [string, string, number][][] }
  const loaded = tuples.flat().map(([, name, rows]) => `${name} ${rows}`).join(', ')
  return loaded === LOADED ? RIGHT : loaded
}

/** Where the example's warehouse is, in its folder. */
const DATA = 'etl-data'

/** A command in a folder, which counts from its start to its end; what it says is its result. */
function command(name: string, cwd: string, args: readonly string[], judge: (out: string) => string): Way {
  let said = ''
  return {
    name, result: async () => judge(said),
    async run() {
      const { figures, out } = await measureNode(args, { cwd })
      said = out
      return { ...figures, seconds: figures.wall }
    },
  }
}

export const startUp: Case = {
  name: 'start_up',
  about: 'From the start of a command to its end: nothing at all, the loader of TypeScript, what is answered at once, and the example with all of its dimensions and facts, into a new warehouse and once more.',
  async open(scene) {
    const unused = { source: 'files:.', warehouse: 'duckdb:unused.duckdb' }
    const [{ folder }, { folder: example }] = [scene.project(unused), scene.project(unused)]
    for (const path of EXAMPLE) cpSync(join(ROOT, path), join(example, path), { recursive: true })
    const run = ['--import', 'tsx', 'run.ts']
    const whole = [...run, '--run_dimensions', '--run_facts', '--concurrency', '2', '--json', '--quiet']
    return {
      rows: 0, expected: async () => RIGHT,
      ways: [
        command('node alone', folder, ['--eval', ''], answers(/^$/)),
        command('node with tsx', folder, ['--import', 'tsx', '--eval', ''], answers(/^$/)),
        command('run.ts --version', folder, [...run, '--version'], answers(/^\d+\.\d+\.\d+\n$/)),
        command('run.ts --help', folder, [...run, '--help'], answers(/--run_dimensions/)),
        { ...command('the example', example, whole, results), prepare: async () => rmSync(join(example, DATA), { recursive: true, force: true }) },
        command('the example, loaded again', example, whole, results),
      ],
    }
  },
}
