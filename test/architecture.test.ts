import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importsOf } from './helpers/import-reader.ts'
import { violations } from './helpers/import-rules.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const ELSEWHERE = new Set(['node_modules', 'dist', 'coverage'])

/** Every .ts file of the repository, by its path from the root. */
function allFiles(folder = ''): Map<string, string> {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true })
  return new Map(entries.filter(({ name }) => !ELSEWHERE.has(name) && !name.startsWith('.')).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) return [...allFiles(path)]
    return entry.isFile() && path.endsWith('.ts') ? [[path, readFileSync(join(ROOT, path), 'utf8')] as const] : []
  }))
}

describe('the house', () => {
  it('keeps its import rules', () => {
    const files = allFiles()
    assert.ok(files.has('engine/errors.ts') && files.has('config.ts'), 'the files were found')
    assert.equal(violations(files).join('\n'), '')
  })
})

const chain = (link: string) => new Map([
  ['engine/index.ts', link],
  ['engine/queue/worker.ts', "import type { Job } from 'bullmq'\nimport { Worker } from 'bullmq'"],
])

describe('the check of the import rules', () => {
  // what is broken | file | its text | the one violation, from its line on
  const bad: [string, string, string, string][] = [
    ['an import upwards', 'engine/db/a.ts', "import { b } from '../etl/b.ts'", "1: imports '../etl/b.ts': only downward, types included: engine/etl is above engine/db"],
    ['a type from above', 'engine/etl/a.ts', "\n\nimport type { B } from '../fact/b.ts'", "3: imports '../fact/b.ts': only downward, types included: engine/fact is above engine/etl"],
    ['a type from above, in passing', 'engine/etl/a.ts', "type B = import('../fact/b.ts').B", "1: imports '../fact/b.ts': only downward, types included: engine/fact is above engine/etl"],
    ['a passing on from above', 'engine/publish/a.ts', "export * from '../cli/b.ts'", "1: imports '../cli/b.ts': only downward, types included: engine/cli is above engine/publish"],
    ['a late import upwards', 'engine/source/a.ts', "const b = await import(`../queue/b.ts`)", "1: imports '../queue/b.ts': only downward, types included: engine/queue is above engine/source"],
    ['an import over several lines', 'engine/db/a.ts', "import {\n  b,\n  c,\n} from '../etl/b.ts'", "4: imports '../etl/b.ts': only downward, types included: engine/etl is above engine/db"],
    ['an import after a regular expression with a quote', 'engine/db/a.ts', "const q = /['\"`]/g\nawait import('../etl/b.ts')", "2: imports '../etl/b.ts': only downward, types included: engine/etl is above engine/db"],
    ['an import inside a template', 'engine/db/a.ts', "const t = `a ${{ b: `'${await import('../etl/b.ts')}` }} c`", "1: imports '../etl/b.ts': only downward, types included: engine/etl is above engine/db"],
    ['the queue asking the command line', 'engine/queue/a.ts', "import '../cli/b.ts'", "1: imports '../cli/b.ts': engine/queue and engine/cli are siblings: neither imports the other"],
    ['the command line asking the queue', 'engine/cli/a.ts', "import '../queue/b.ts'", "1: imports '../queue/b.ts': engine/cli and engine/queue are siblings: neither imports the other"],
    ['errors that import', 'engine/errors.ts', "import './redact.ts'", "1: imports './redact.ts': only downward, types included: engine/redact.ts is above engine/errors.ts"],
    ['the face from inside', 'engine/etl/a.ts', "import '../index.ts'", "1: imports '../index.ts': only downward, types included: engine/index.ts is above engine/etl"],
    ['the public name from inside', 'engine/etl/a.ts', "import 'starline'", "1: imports 'starline': the engine does not go through its own public face"],
    ['a new room without a layer', 'engine/web/a.ts', "import '../errors.ts'", "1: imports '../errors.ts': engine/web/a.ts has no layer: give it one in test/helpers/import-rules.ts"],
    ['the engine knowing the team', 'engine/cli/a.ts', "import config from '../../config.ts'", "1: imports '../../config.ts': the engine imports nothing outside itself: what it needs is handed in"],
    ['the engine knowing its tests', 'engine/cli/a.ts', "import '../../test/b.ts'", "1: imports '../../test/b.ts': the engine imports nothing outside itself: what it needs is handed in"],
    ['the team going behind the face', 'facts/sale.ts', "import { scd1 } from '../engine/dimension/scd1.ts'", "1: imports '../engine/dimension/scd1.ts': the top level knows the engine as 'starline' only"],
    ['the team going into the package', 'run.ts', "import 'starline/engine/cli'", "1: imports 'starline/engine/cli': the top level knows the engine as 'starline' only"],
    ['a dimension that needs a fact', 'dimensions/a.ts', "import '../facts/b.ts'", "1: imports '../facts/b.ts': only downward, types included: facts is above dimensions"],
    ['a fact that needs the config', 'facts/a.ts', "import '../config.ts'", "1: imports '../config.ts': only downward, types included: config.ts is above facts"],
    ['a source that needs a create', 'sources/a.ts', "import '../creates/a.ts'", "1: imports '../creates/a.ts': sources and creates are siblings: neither imports the other"],
    ['a create that needs a source', 'creates/a.ts', "import '../sources/a.ts'", "1: imports '../sources/a.ts': creates and sources are siblings: neither imports the other"],
    ['a source that needs a dimension', 'sources/a.ts', "import '../dimensions/a.ts'", "1: imports '../dimensions/a.ts': only downward, types included: dimensions is above sources"],
    ['a fact that needs a test', 'facts/a.ts', "import '../test/a.ts'", "1: imports '../test/a.ts': the top level imports only itself and packages"],
    ['the same in a star kept for a test', 'test/warehouses/x/sources/a.ts', "import '../creates/a.ts'", "1: imports '../creates/a.ts': sources and creates are siblings: neither imports the other"],
    ['a star of a test behind the face', 'test/warehouses/x/facts/a.ts', "import '../../../../engine/index.ts'", "1: imports '../../../../engine/index.ts': the top level knows the engine as 'starline' only"],
    ['bullmq outside the queue', 'engine/cli/a.ts', "await import('bullmq')", "1: imports 'bullmq': bullmq only under engine/queue"],
    ['ioredis in a task', 'tasks/a.ts', "import 'ioredis'", "1: imports 'ioredis': ioredis only under engine/queue"],
    ['knex outside the databases', 'engine/etl/a.ts', "import type { Knex } from 'knex'", "1: imports 'knex': knex only under engine/db"],
    ['a driver by its inner path', 'engine/source/a.ts', "import 'mysql2/promise'", "1: imports 'mysql2/promise': mysql2 only under engine/db"],
    ['duckdb outside the databases', 'engine/publish/a.ts', "import '@duckdb/node-api'", "1: imports '@duckdb/node-api': @duckdb/node-api only under engine/db"],
    ['yargs outside the command line', 'run.ts', "import yargs from 'yargs'", "1: imports 'yargs': yargs only under engine/cli"],
    ['winston outside the log', 'engine/etl/a.ts', "import 'winston'", "1: imports 'winston': winston only under engine/log.ts"],
    ['a queue that is loaded at once', 'engine/index.ts', "import 'ioredis'", "1: imports 'ioredis': ioredis only under engine/queue"],
    ['a file that imports itself', 'engine/etl/a.ts', "import './a.ts'", "1: imports './a.ts': no circles: engine/etl/a.ts → engine/etl/a.ts"],
    ['a comparison with a dialect', 'engine/etl/a.ts', "\nif (dialect === 'mysql') go()", "2: asks for 'mysql'"],
    ['a comparison the other way round', 'engine/publish/a.ts', "if ('postgres' !== name) go()", "1: asks for 'postgres'"],
    ['a comparison with a scheme', 'engine/define-config.ts', 'if (url.protocol == "duckdb:") go()', "1: asks for 'duckdb:'"],
    ['a switch on dialects', 'engine/fact/a.ts', "switch (name) {\n  case 'mariadb': go()\n}", "2: asks for 'mariadb'"],
    ['a list of dialects that is asked', 'engine/fact/a.ts', "if (['files', 'mysql'].includes(name)) go()", "1: asks for 'mysql'"],
    ['a beginning that is asked for', 'engine/cli/a.ts', "if (url.startsWith('mysql://')) go()", "1: asks for 'mysql://'"],
    ['a file of 300 lines', 'engine/etl/a.ts', 'go()\n'.repeat(300), '300: the file has 300 lines: under 300, please'],
  ]
  for (const [what, file, text, violation] of bad) {
    it(`catches ${what}`, () => {
      const found = violations(new Map([[file, text]])).filter((each) => !each.includes('are loaded late'))
      assert.equal(found.length, 1, found.join('\n'))
      assert.ok(found[0]!.startsWith(`${file}:${violation}`), found[0])
    })
  }

  it('catches a circle over several files, and tells it once', () => {
    const files = new Map([
      ['engine/etl/a.ts', "import type { B } from './b.ts'"],
      ['engine/etl/b.ts', "import './c.ts'"],
      ['engine/etl/c.ts', "import './b.ts'\nexport type { A } from './a.ts'"],
    ])
    assert.deepEqual(violations(files), [
      "engine/etl/a.ts:1: imports './b.ts': no circles: engine/etl/a.ts → engine/etl/b.ts → engine/etl/c.ts → engine/etl/a.ts",
      "engine/etl/b.ts:1: imports './c.ts': no circles: engine/etl/b.ts → engine/etl/c.ts → engine/etl/b.ts",
    ])
  })

  it('catches a chain of ordinary imports that leads to the queue\'s packages', () => {
    assert.deepEqual(violations(chain("export { work } from './queue/worker.ts'")), [
      "engine/queue/worker.ts:2: imports 'bullmq': the queue's packages are loaded late, and 'starline' leads here at once",
    ])
    assert.deepEqual(violations(chain("export type { Work } from './queue/worker.ts'\nconst late = () => import('./queue/worker.ts')")), [])
  })

  const good: [string, string, string][] = [
    ['an import downwards', 'engine/fact/a.ts', "import '../dimension/b.ts'\nimport '../errors.ts'"],
    ['a neighbour', 'engine/db/a.ts', "import './b.ts'\nimport '../sql/c.ts'"],
    ['the face, which shows everything', 'engine/index.ts', "export * from './cli/a.ts'\nexport * from './errors.ts'"],
    ['the package\'s own version', 'engine/cli/a.ts', "import about from '../../package.json' with { type: 'json' }"],
    ['the public name in the team\'s files', 'dimensions/a.ts', "import { scd1 } from 'starline'\nimport { create } from '../creates/a.ts'"],
    ['a package in its own room', 'engine/queue/a.ts', "import 'bullmq'"],
    ['any package in tests, examples and benchmarks', 'test/helpers/a.ts', "import 'mysql2'\nimport '../../engine/errors.ts'"],
    ['an import in a comment', 'engine/db/a.ts', "// import '../etl/a.ts'\n/** import { b } from '../etl/b.ts' */"],
    ['SQL in a template', 'engine/db/a.ts', "const sql = `SELECT 'it''s' FROM '${name}' /* from '../etl/a.ts' */`"],
    ['a division between quotes', 'engine/db/a.ts', "const a = b / c + \"import('../etl/a.ts')\".length / 2"],
    ['a dialect\'s name in a comment', 'engine/etl/a.ts', "// if (dialect === 'mysql')"],
    ['a dialect\'s name as a key', 'engine/sql/a.ts', "create({ mysql: '…', 'postgres': '…' })"],
    ['a dialect\'s name inside engine/db', 'engine/db/a.ts', "if (dialect === 'mysql') go()"],
    ['a file of 299 lines', 'engine/etl/a.ts', 'go()\n'.repeat(299)],
  ]
  for (const [what, file, text] of good) {
    it(`lets ${what} pass`, () => assert.deepEqual(violations(new Map([[file, text]])), []))
  }

  it('reads late and type imports as what they are', () => {
    const text = "import a, { type B } from 'a'\nimport type { C } from 'c'\nexport { type D } from 'd'\nawait import('e')"
    assert.deepEqual(importsOf(text), [
      { from: 'a', line: 1, late: false, type: false },
      { from: 'c', line: 2, late: false, type: true },
      { from: 'd', line: 3, late: false, type: false },
      { from: 'e', line: 4, late: true, type: false },
    ])
  })
})
