import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from './project.ts'

const list = 'dimension  product 850 · user 279 · course 30418 · date 2191 · school 1687 · payment_source 3 · disability_program 1 · affiliate 4 · site 1'

describe('npm start', function () {
  this.timeout(120_000)
  const folder = mkdtempSync(join(tmpdir(), 'starline-start-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  const inRoot = (command: string, ...args: string[]) => {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^ETL_|^NO_COLOR$|^FORCE_COLOR$/.test(name)))
    const { status, stdout, stderr } = spawnSync(command, args, {
      cwd: ROOT, encoding: 'utf8', env: { ...env, ETL_WAREHOUSE: `duckdb:${join(folder, 'warehouse.duckdb')}` },
    })
    assert.equal(status, 0, stdout + stderr)
    return stdout
  }
  const query = (sql: string): unknown => JSON.parse(inRoot(process.execPath, 'bin/starline.mjs', 'query', '--json', sql)).rows
  const keys = 'select sum(hash(user_key, user_id, valid_from)) as users, (select sum(hash(course_key, course_id)) from course_dim) as courses, '
    + '(select sum(hash(f)) from product_sale_fact as f) as sales from user_dim'

  it('loads the example, and prints the list that the ancestor\'s readers know; a second run changes nothing', () => {
    const first = inRoot('npm', 'start', '--silent')
    assert.deepEqual(first.split('\n').slice(0, 2), [list, 'fact  product_sale 50000 · product_upload 1200'])
    assert.match(first, /^course +30,418 +30,418 +0 +0 +30,418 /m)
    assert.match(first, /^Foreign keys held by a check, not by a constraint: +product_sale\.product_fk in product_dim/m)
    assert.match(first, /^Total to check: product_sale\.amount = 2,035,113\.85 over 50,000 rows$/m)
    const next = /^Next: npx starline query "(.*)"$/m.exec(first)?.[1]
    assert.equal(next, 'select school_id, name, state from school_dim limit 3')
    const before = query(keys)

    const second = inRoot('npm', 'start', '--silent')
    assert.deepEqual(second.split('\n').slice(0, 2), first.split('\n').slice(0, 2))
    assert.match(second, /^course +30,418 +30,418 +30,418 +0 +0 /m)
    assert.deepEqual(query(keys), before)

    const table = inRoot(process.execPath, 'bin/starline.mjs', 'query', next).trimEnd().split('\n')
    assert.equal(table.length, 4)
    assert.match(table[0] ?? '', /^school_id +name +state$/)
  })
})
