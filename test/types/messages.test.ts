import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const HEAD = `
import { create, date, scd1, scd2, source, transaction } from 'starline'
const from = source('SELECT p.id AS product_id, p.title AS title, p.at AS changed_at FROM product AS p')
const into = create('CREATE TABLE product_dim (product_key KEY, product_id INT, title VARCHAR(20))')
const wide = create('CREATE TABLE product_dim (product_key KEY, product_id INT, title VARCHAR(20), colour VARCHAR(20))')
const product = scd1({ source: from, create: into, key: 'product_key', lookup: ['product_id'] })
const facts = create('CREATE TABLE sale_fact (product_key INT, title VARCHAR(20))')
export { date, product, scd2, transaction, wide, facts }
`

// what is wrong | the declaration | what the compiler says
const wrong: [string, string, string][] = [
  ['a typo in lookup', "scd1({ source: from, create: into, key: 'product_key', lookup: ['prodct_id'] })", `Did you mean '"product_id"'?`],
  ['a typo in key', "scd1({ source: from, create: into, key: 'product_kee', lookup: ['product_id'] })", `Did you mean '"product_key"'?`],
  ['a typo in history', "scd2({ source: from, create: into, key: 'product_key', lookup: ['product_id'], history: ['titel'] })", `Did you mean '"title"'?`],
  ['a typo in duplicates', "scd1({ source: from, create: into, key: 'product_key', lookup: ['product_id'], duplicates: { keep: 'last', by: 'chnged_at' } })", `Did you mean '"changed_at"'?`],
  ['a typo in an option', "scd1({ source: from, create: into, key: 'product_key', lookup: ['product_id'], unknwon: {} })", "Did you mean to write 'unknown'?"],
  ['a source without a column', "scd1({ source: from, create: wide, key: 'product_key', lookup: ['product_id'] })", 'the source brings no column colour'],
  ['a create without bookkeeping', "scd2({ source: from, create: into, key: 'product_key', lookup: ['product_id'], history: ['title'] })", 'the create has no column valid_from'],
  ['a fact without a key', 'transaction({ source: from, create: facts, keys: {} })', 'the source brings no column product_key'],
  ['a key column that is not there', "transaction({ source: from, create: facts, keys: { product_kee: { of: product, by: 'product_id' } } })", "Did you mean to write 'product_key'?"],
  ['a key column too many', "transaction({ source: from, create: facts, keys: { product_key: { of: product, by: 'product_id' }, buyer_key: { of: product, by: 'product_id' } } })", 'the create has no column buyer_key'],
  ['a typo in the column of ranges', "source('SELECT c.id AS click_id, c.page AS page FROM click AS c', { ranges: { by: 'clik_id', count: 4 } })", `Did you mean '"click_id"'?`],
  ['a typo in the column of ranges of a named source', "source('crm', 'SELECT c.id AS click_id, c.page AS page FROM click AS c', { ranges: { by: 'clik_id', count: 4 } })", `Did you mean '"click_id"'?`],
  ['a column of ranges that one of two texts lacks', "source({ mysql: 'SELECT c.id AS click_id, c.page AS page FROM click AS c', postgres: 'SELECT c.id AS click_id FROM click AS c' }, { ranges: { by: 'page', count: 4 } })", `'"page"' is not assignable to type '"click_id"'`],
  ['a column of ranges that is not among those stated by hand', "source<{ click_id: number }>('SELECT * FROM click', { ranges: { by: 'clik_id', count: 4 } })", `'"clik_id"' is not assignable to type '"click_id"'`],
  ['a typo in an option of a source', "source('SELECT c.id AS click_id FROM click AS c', { bind: {} })", "Did you mean to write 'binds'?"],
  ['a typo in by', "transaction({ source: from, create: facts, keys: { product_key: { of: product, by: 'prodct_id' } } })", `Did you mean '"product_id"'?`],
]

describe('the compiler', () => {
  let folder: string, output: string
  before(function () {
    this.timeout(120_000)
    folder = mkdtempSync(join(tmpdir(), 'starline-types-'))
    writeFileSync(join(folder, 'wrong.ts'), HEAD + wrong.map(([, declaration]) => declaration.replaceAll('\n', ' ')).join('\n'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({
      extends: join(ROOT, 'tsconfig.json'), files: ['wrong.ts'], include: [],
      compilerOptions: { paths: { starline: [join(ROOT, 'engine/index.ts')] }, typeRoots: [join(ROOT, 'node_modules/@types')], types: ['node'] },
    }))
    output = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false'], { encoding: 'utf8', cwd: ROOT }).stdout
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const firstLine = HEAD.split('\n').length
  for (const [i, [what, , message]] of wrong.entries()) {
    it(`refuses ${what}, and says so: ${message}`, () => {
      const said = output.split(/\n(?=\S)/).filter((error) => error.includes(`wrong.ts(${firstLine + i},`)).join('\n')
      assert.ok(said.includes(message), said || output)
    })
  }
})
