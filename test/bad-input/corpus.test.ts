import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DataError } from '../../engine/errors.ts'
import { create, defineConfig, scd1, source } from '../../engine/index.ts'
import type { BadRowRules, Config, Dimension } from '../../engine/index.ts'
import { loadAll } from '../helpers/refresh.ts'
import { textRows } from '../helpers/text-rows.ts'
import { COLUMNS, columnNames, expressible, outcomeOn, refused } from './corpus/case.ts'
import type { ColumnName, Numbered, SourceName, WarehouseName } from './corpus/case.ts'
import { CASES } from './corpus/index.ts'
import { fill, FILLED } from './corpus/sources.ts'
import { inside } from '../helpers/inside.ts'
import { freshWarehouse, kinds } from './star.ts'

const SOURCES: readonly SourceName[] = ['CSV', 'JSON', 'MariaDB', 'PostgreSQL', 'DuckDB']
const FLOATS: readonly ColumnName[] = ['c_single', 'c_double']

function dimension(table: string, rules: BadRowRules, only = ''): Dimension {
  const columns = ['case_no', ...columnNames]
  return scd1({
    source: source<Record<string, unknown>>(`SELECT ${columns.map((name) => `c.${name} AS ${name}`).join(', ')} FROM cases AS c ${only}`),
    create: create<string>(`CREATE TABLE ${table} (
      case_key KEY,
      case_no INT NOT NULL,
      ${columnNames.map((name) => `${name} ${COLUMNS[name].type}`).join(',\n')}
    )`),
    key: 'case_key', lookup: ['case_no'], ...rules,
  })
}

/** A column so that its text comes back as it is: texts behind a bar, so that none is taken for a boolean or a time; a single as the double that it is. */
function selected(name: ColumnName): string {
  const { type } = COLUMNS[name]
  if (name === 'c_single') return 'c_single + 0e0'
  return /CHAR|TEXT|ENUM|JSON|UUID/.test(type) ? `CASE WHEN ${name} IS NULL THEN NULL ELSE CONCAT('|', ${name}) END` : name
}

/** What is expected of a column, spelled as it is selected. */
function expected(name: ColumnName, text: string | null): string | null {
  if (text === null) return null
  return selected(name).startsWith('CASE') ? `|${text}` : text
}

/** What came back, spelled as it is expected. */
function arrived(name: ColumnName, text: string | null, wanted: string | null): string | null {
  if (text === null || wanted === null) return text
  if (FLOATS.includes(name)) return Number(text) === (name === 'c_single' ? Math.fround(Number(wanted)) : Number(wanted)) ? wanted : text
  return name === 'c_clock' ? text.replace(/\.(\d*?)0*$/, (_, digits: string) => digits === '' ? '' : `.${digits}`) : text
}

const shown = (text: string | null): string => text === null ? 'NULL' : JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)

/** Everything in which the warehouse differs from what the cases say. */
async function differences(warehouse: string, on: WarehouseName, cases: readonly Numbered[]): Promise<string[]> {
  const rows = new Map((await textRows(warehouse, `SELECT case_no, ${columnNames.map(selected).join(', ')} FROM case_dim WHERE case_key > 0`))
    .map(([number, ...values]) => [Number(number), values]))
  const bad = new Map((await textRows(warehouse, 'SELECT column_name, reason, row_values FROM etl_bad_row'))
    .map(([column, reason, values]) => [Number(/"case_no":"?(\d+)/.exec(values ?? '')?.[1]), { column, reason }]))
  return cases.flatMap((each) => {
    const out = outcomeOn(each, on)
    const row = rows.get(each.number)
    const aside = bad.get(each.number)
    const what = `${each.family}, ${COLUMNS[each.column].type} ${shown(each.given)}`
    if (out === refused) {
      if (row !== undefined) return [`${what}: arrived as ${shown(row[columnNames.indexOf(each.column)] ?? null)} and should be refused`]
      return aside?.column === each.column && (aside.reason ?? '') !== '' ? [] : [`${what}: was set aside for ${aside?.column}: ${aside?.reason}`]
    }
    if (row === undefined) return [`${what}: should arrive, and was refused: ${aside?.reason}`]
    return columnNames.flatMap((name, at) => {
      const wanted = expected(name, name === each.column ? out : name === 'c_must' ? FILLED : null)
      const came = arrived(name, row[at] ?? null, wanted)
      return came === wanted ? [] : [`${what}: ${name} arrived as ${shown(came)} and should be ${shown(wanted)}`]
    })
  })
}

/** Of each family the first that is refused; of a source that is not the first, three families will do. */
function samples(cases: readonly Numbered[], from: SourceName, on: WarehouseName): Numbered[] {
  const bad = cases.filter((each) => outcomeOn(each, on) === refused)
  return bad.filter(({ family }, i) => bad.findIndex((each) => each.family === family) === i).slice(0, from === SOURCES[0] ? Infinity : 3)
}

const configOf = (from: string, warehouse: string, dimensions: Config['dimensions']): Config =>
  defineConfig({ source: from, warehouse, logs: false, dimensions: dimensions as Record<string, Dimension>, facts: {} })

it('the corpus has its five hundred cases', () => assert.ok(CASES.length >= 500, `${CASES.length} cases`))

for (const from of SOURCES) {
  describe(`the corpus from ${from}`, () => {
    const cases = CASES.filter((each) => expressible(each, from))
    let folder: string
    let url: string
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'starline-corpus-'))
      url = await fill(from, cases, folder)
    })
    after(() => rmSync(folder, { recursive: true, force: true }))

    for (const on of kinds) {
      it(`arrives in ${on} exactly, or is refused by its column`, async () => {
        const warehouse = await freshWarehouse(on, folder)
        const report = await loadAll(configOf(url, warehouse, { case: dimension('case_dim', { onBadRow: 'quarantine', maxBadRows: 10_000 }) }))
        assert.equal(report.etls[0]?.error ?? report.error, undefined, report.etls[0]?.error?.message)
        assert.deepEqual(await differences(warehouse, on, cases), [])
      })

      it(`fails a load into ${on} by one bad row of each family, and publishes nothing`, async () => {
        const warehouse = await freshWarehouse(on, folder, 'samples')
        const bad = samples(cases, from, on)
        assert.ok(bad.length > 2, `${bad.length} families`)
        const one = bad.map((each) => [`case_${each.number}`, dimension(`case_${each.number}`, {}, `WHERE c.case_no = '${each.number}'`)] as const)
        const report = await loadAll(configOf(url, warehouse, Object.fromEntries(one)))
        for (const [i, { error }] of report.etls.entries()) {
          assert.ok(error instanceof DataError, `${bad[i]?.family}: ${String(error)}`)
          assert.match(error.message, new RegExp(`column ${bad[i]?.column}: row 1 \\(case_no '?${bad[i]?.number}'?\\)`))
        }
        assert.deepEqual(await inside(warehouse, (session) => session.tablesLike('case_')), [])
      })
    }
  })
}
