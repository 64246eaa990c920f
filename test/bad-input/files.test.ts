import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DataError } from '../../engine/errors.ts'
import { create, defineConfig, source, transaction } from '../../engine/index.ts'
import { loadAll } from '../helpers/refresh.ts'
import { textRows } from '../helpers/text-rows.ts'
import { FILES } from './corpus/files.ts'
import { inside } from '../helpers/inside.ts'
import { freshWarehouse, kinds } from './star.ts'

const named = FILES.map(([what, ending, content, out], i) => ({ what: `${ending}: ${what}`, table: `file_${i}`, ending, content, out }))

/** Damage is found before a warehouse hears of it: one of them tries all of it, the others every tenth. */
const tried = (on: string): typeof named => named.filter(({ out }, i) => on === 'DuckDB' || !(out instanceof RegExp) || i % 10 === 0)

/** A fact of each file, even where bad rows would be set aside: damage is no bad row. */
const factsOf = (files: typeof named) => Object.fromEntries(files.map(({ table }) => [table, transaction({
  source: source<{ id: string; name: string }>(`SELECT f.id AS id, f.name AS name FROM ${table} AS f`),
  create: create<string>(`CREATE TABLE ${table} (id VARCHAR(40), name VARCHAR(60))`), keys: {}, onBadRow: 'quarantine', minRows: 0,
})]))

const bar = (text: string | null): string | null => text === null ? null : `|${text}`
const inOrder = (rows: readonly (readonly unknown[])[]): unknown[] => rows.toSorted((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

describe('files', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'starline-damaged-'))
    mkdirSync(join(folder, 'data'))
    for (const { table, ending, content } of named) writeFileSync(join(folder, 'data', `${table}.${ending}`), content)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  for (const on of kinds) {
    it(`arrive in ${on} row by row as they are written, or fail by their name and line and publish nothing`, async () => {
      const warehouse = await freshWarehouse(on, folder)
      const files = tried(on)
      const config = defineConfig({ source: `files:${join(folder, 'data')}`, warehouse, logs: false, dimensions: {}, facts: factsOf(files) })
      const { etls } = await loadAll(config)
      const wrong = files.flatMap(({ what, table, ending, out }, i) => {
        const error = etls[i]?.error
        if (!(out instanceof RegExp)) return error === undefined ? [] : [`${what}: ${error.message}`]
        const isSaid = error instanceof Error && out.test(error.message) && error.message.includes(table)
        // A column that isn't there is no damage of the file.
        const isData = error instanceof DataError || /with semicolons|another header|without a header/.test(what)
        return isSaid && isData ? [] : [`${what} (${table}.${ending}): ${String(error)}`]
      })
      assert.deepEqual(wrong, [])
      assert.equal(Reflect.get({}, 'polluted'), undefined, 'no file has changed what all objects are')
      const fine = files.flatMap(({ table, out }) => out instanceof RegExp ? [] : [{ table, out }])
      assert.deepEqual((await inside(warehouse, (session) => session.tablesLike('file_'))).toSorted(), fine.map(({ table }) => table).toSorted())
      const all = fine.map(({ table }, i) => `SELECT ${i} AS f, CASE WHEN id IS NULL THEN NULL ELSE CONCAT('|', id) END, CASE WHEN name IS NULL THEN NULL ELSE CONCAT('|', name) END FROM ${table}`)
      assert.deepEqual(inOrder(await textRows(warehouse, all.join(' UNION ALL '))), inOrder(fine.flatMap(({ out }, i) => out.map(([id, name]) => [String(i), bar(id), bar(name)]))))
    })
  }
})
