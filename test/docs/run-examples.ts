/** Runs the examples of the docstrings where a reader would: in a folder like a fresh clone. */

import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Snippet } from './compile.ts'
import { freshClone } from './tour.ts'

/** What stands around an example, for good: where the compiler is only told that there is something, here it is. Without an entry an example needs a queue. */
const SURROUNDINGS: Readonly<Record<string, string>> = {
  'define-config.ts': "import { school } from '../dimensions/index.ts'",
  'env.ts': '', 'sql.ts': '', 'csv.ts': '', 'define-create.ts': '', 'scd1.ts': '', 'scd2.ts': '', 'date.ts': '',
  'transaction.ts': `
    const date = starline.date({ create: starline.create('CREATE TABLE date_dim (date_key KEY, full_date DATE)'), key: 'date_key', from: '2012-01-01', through: '2012-01-02' })
    const customer = starline.scd1({
      source: starline.source('SELECT c.id AS customer_id FROM customer AS c'), create: starline.create('CREATE TABLE customer_dim (customer_key KEY, customer_id INT)'),
      key: 'customer_key', lookup: ['customer_id'],
    })`,
  'scheduled-task.ts': "import { product_sale as sale } from '../facts/index.ts'",
  'test-source.ts': "import config from '../config.ts'",
  'run.ts': "process.argv.push('--select', 'site')",
}

const moduleOf = ({ title }: Snippet): string => /\/([\w-]+\.ts), example/.exec(title)?.[1] ?? ''
export const isRunnable = (snippet: Snippet): boolean => Object.hasOwn(SURROUNDINGS, moduleOf(snippet))

/** What became of each: undefined where it ran to its end and gave what stands behind it as a comment. */
export function runExamples(snippets: readonly Snippet[]): ReadonlyMap<Snippet, string | undefined> {
  const clone = freshClone()
  try {
    mkdirSync(join(clone.folder, 'examples-run'))
    for (const [i, snippet] of snippets.entries()) writeFileSync(join(clone.folder, `examples-run/${i}.ts`), runnable(snippet))
    writeFileSync(join(clone.folder, 'examples-run/all.ts'), `
      const failed: Record<string, string> = {}
      for (let i = 0; i < ${snippets.length}; i += 1) await import(\`./\${i}.ts\`).catch((error) => { failed[i] = error.stack })
      console.log('\\n' + JSON.stringify({ failed, code: process.exitCode }))
      process.exitCode = 0
    `)
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', 'examples-run/all.ts'], { cwd: clone.folder, encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: clone.folder } })
    if (status !== 0) throw new Error(stdout + stderr)
    const { failed, code } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as { failed: Record<string, string>; code: number }
    return new Map(snippets.map((snippet, i) => [snippet, failed[i] ?? (moduleOf(snippet) === 'run.ts' && code !== 0 ? stdout + stderr : undefined)]))
  } finally {
    clone.remove()
  }
}

function runnable(snippet: Snippet): string {
  const lines = snippet.text.split('\n').filter((line) => !/^\s*declare const |^export type \{ types \}/.test(line))
  const at = lines.findLastIndex((line) => line.startsWith('import ')) + 1
  return ["import assert from 'node:assert/strict'", ...lines.slice(0, at), SURROUNDINGS[moduleOf(snippet)] ?? '', ...lines.slice(at).map(asserted)].join('\n')
    .replaceAll("import('./config.ts')", "import('../config.ts')")
}

/** `expression   // value` gives that value. */
function asserted(line: string): string {
  const [, expression, value] = /^(?!const |import |export )(\S.*?)\s{2,}\/\/ (['"\d[].*)$/.exec(line) ?? []
  return expression === undefined ? line : `assert.deepEqual(${expression}, ${value})`
}
