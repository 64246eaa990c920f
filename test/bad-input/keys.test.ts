import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DataError } from '../../engine/errors.ts'
import { create, defineConfig, scd1, scd2, source, transaction } from '../../engine/index.ts'
import type { BadRowRules, Config, Dimension, Fact } from '../../engine/index.ts'
import type { RefreshReport } from '../../engine/etl/run-all.ts'
import { loadAll } from '../helpers/refresh.ts'
import { textRows } from '../helpers/text-rows.ts'
import type { SourceName, WarehouseName } from './corpus/case.ts'
import { columnsOf, fillKeys, keyRows, LATER, spelledOf } from './corpus/key-rows.ts'
import type { KeyRows, MemberRow } from './corpus/key-rows.ts'
import { KEYS, nobody } from './corpus/keys.ts'
import { freshWarehouse, kinds } from './star.ts'

/** Every source and every warehouse: what a source brings is checked before a warehouse hears of it, so not each into each. */
const PATHS: readonly (readonly [from: SourceName, on: WarehouseName])[] = [
  ['CSV', 'MariaDB'], ['CSV', 'PostgreSQL'], ['CSV', 'DuckDB'], ['JSON', 'DuckDB'], ['MariaDB', 'PostgreSQL'], ['PostgreSQL', 'MariaDB'], ['DuckDB', 'DuckDB'],
]

const table = (family: string): string => `${family}_dim`

function dimension(family: string, hasHistory: boolean, where: string, rules: BadRowRules, number = 'no'): Dimension {
  const names = columnsOf(family)
  const declared = {
    source: source<Record<string, unknown>>(`SELECT m.${number} AS no, ${names.map((name) => `m.${name} AS ${name}`).join(', ')} FROM member AS m WHERE m.family = '${family}' ${where}`),
    key: 'member_key', lookup: names as [string, ...string[]], ...rules,
  } as const
  const own = names.map((name, i) => `${name} ${KEYS[family]!.columns[i]!.type}`).join(', ')
  const head = `CREATE TABLE ${table(family)} (member_key KEY, no INT, ${own}`
  return hasHistory
    ? scd2({ ...declared, create: create<string>(`${head}, valid_from TIMESTAMP NOT NULL, valid_to TIMESTAMP, is_current BOOLEAN NOT NULL)`), history: ['no'] })
    : scd1({ ...declared, create: create<string>(`${head})`) })
}

/** Every deed, with a key column for each family, and one more by the spelling. */
function deeds(dimensions: Readonly<Record<string, Dimension>>): Fact {
  const families = Object.keys(dimensions)
  const spelled = families.filter((family) => KEYS[family]!.bytes !== true)
  const columns = ['no', ...spelledOf('pair'), ...families.flatMap(columnsOf)]
  const keys = [
    ...families.map((family) => [`${family}_key`, { of: dimensions[family]!, by: columnsOf(family) }] as const),
    ...spelled.map((family) => [`${family}_spelled`, { of: dimensions[family]!, by: spelledOf(family) }] as const),
  ]
  return transaction({
    source: source<Record<string, unknown>>(`SELECT ${columns.map((name) => `d.${name} AS ${name}`).join(', ')} FROM deed AS d`),
    create: create<string>(`CREATE TABLE deed_fact (no INT NOT NULL PRIMARY KEY, ${keys.map(([name]) => `${name} INT NOT NULL`).join(', ')})`),
    keys: Object.fromEntries(keys),
  })
}

const configOf = (from: string, warehouse: string, dimensions: Readonly<Record<string, Dimension>>, facts: Config['facts'] = {}): Config =>
  defineConfig({ source: from, warehouse, logs: false, dimensions, facts: facts as Record<string, Fact> })

function wentWell({ etls, error }: RefreshReport): void {
  assert.deepEqual([error, ...etls.map((etl) => etl.error)].flatMap((one) => (one === undefined ? [] : [one.message])), [])
}

const shown = (key: readonly (string | null)[]): string => key.map((part) => part === null ? 'NULL' : JSON.stringify(part.length > 40 ? `${part.slice(0, 10)}…${part.slice(-5)}` : part)).join(' + ')

/** The members that are current, by the number that they bring: `key`. */
async function current(warehouse: string, family: string, hasHistory: boolean): Promise<Map<number, string>> {
  const rows = await textRows(warehouse, `SELECT no, member_key FROM ${table(family)} WHERE member_key > 0${hasHistory ? ' AND is_current = TRUE' : ''}`)
  return new Map(rows.map(([number, key]) => [Number(number), String(key)]))
}

/** The number that a member has after a load; undefined where its row is set aside. */
function numberAfter(load: 1 | 2, { number, out }: MemberRow, rows: KeyRows): number | undefined {
  if (out !== 'kept') return undefined
  const comesAgain = load === 2 && rows.members.some((other) => typeof other.out === 'object' && other.out.again === number)
  return load === 1 || comesAgain ? number : number + LATER
}

for (const [from, on] of PATHS) {
  describe(`keys from ${from} in ${on}`, () => {
    const rows = keyRows(from, on)
    // Each family with history and without, in turn.
    const hasHistory = (family: string): boolean => (rows.families.indexOf(family) + PATHS.findIndex((path) => path[0] === from && path[1] === on)) % 2 === 0
    let folder: string
    let url: string
    let warehouse: string
    const first = new Map<string, Map<number, string>>()
    const load = (number: 1 | 2) => {
      const where = number === 1 ? "AND m.load_no = '1'" : ''
      const dimensions = Object.fromEntries(rows.families.map((family) => [family, dimension(family, hasHistory(family), where, { onBadRow: 'quarantine' }, number === 1 ? 'no' : 'later_no')]))
      return loadAll(configOf(url, warehouse, dimensions, { deed: deeds(dimensions) }))
    }
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'starline-keys-'))
      url = await fillKeys(from, rows, folder)
      warehouse = await freshWarehouse(on, folder)
    })
    after(() => rmSync(folder, { recursive: true, force: true }))

    // How a later load compares is the warehouse's matter, whatever the source.
    for (const number of from === 'CSV' ? [1, 2] as const : [1] as const) {
      it(number === 1 ? 'are a member each, or set aside by their names' : 'that come again, and twice, leave each member its key and change nobody else', async () => {
        wentWell(await load(number))
        const wrong: string[] = []
        for (const family of rows.families) {
          const members = await current(warehouse, family, hasHistory(family))
          const own = rows.members.filter((row) => row.family === family)
          const expected = own.flatMap((row) => {
            const now = numberAfter(number, row, rows)
            return now === undefined ? [] : [{ row, now }]
          })
          for (const { row, now } of expected) {
            if (!members.has(now)) wrong.push(`${family} ${shown(row.key)} is no member`)
            // A new version has a key of its own.
            else if (number === 2 && (!hasHistory(family) || now === row.number) && members.get(now) !== first.get(family)?.get(row.number)) wrong.push(`${family} ${shown(row.key)} has another key than before`)
          }
          for (const other of [...members.keys()].filter((one) => !expected.some(({ now }) => now === one))) {
            wrong.push(`${family} ${shown(own.find((row) => row.number === other % LATER)?.key ?? [])} should not be a member as row ${other}`)
          }
          if (number === 1) first.set(family, members)
        }
        assert.deepEqual(wrong, [])
      })

      it(`are set aside with the reason, all rows of a doubled one, ${number === 1 ? 'at first' : 'and again'}`, async () => {
        const aside = (await textRows(warehouse, 'SELECT target, column_name, reason, row_values FROM etl_bad_row')).map(([target, column, reason, values]) => {
          const which = Number(/"no":"?(\d+)/.exec(values ?? '')?.[1]) % LATER
          return `${target} ${which} ${reason?.endsWith('comes more than once') === true ? `twice by ${column}` : 'refused'}`
        })
        const expected = rows.members.filter((row) => row.load <= number).flatMap((row) => {
          const comesAgain = number === 2 && (typeof row.out === 'object' || numberAfter(2, row, rows) === row.number)
          const fate = row.out === 'twice' || comesAgain ? `twice by ${columnsOf(row.family).join(', ')}` : row.out === 'refused' ? 'refused' : undefined
          return fate === undefined ? [] : [`${table(row.family)} ${row.number} ${fate}`]
        })
        assert.deepEqual(aside.toSorted(), expected.toSorted())
      })

      it(`are found by facts as the warehouse itself has them, ${number === 1 ? 'at first' : 'and after a change'}`, async () => {
        const names = [...rows.families.map((family) => `${family}_key`), ...rows.families.filter((family) => KEYS[family]!.bytes !== true).map((family) => `${family}_spelled`)]
        const found = new Map((await textRows(warehouse, `SELECT no, ${names.join(', ')} FROM deed_fact`)).map(([no, ...keys]) => [Number(no), keys]))
        assert.equal(found.size, rows.deeds.length, 'no row is lost')
        const wrong: string[] = []
        for (const family of rows.families) {
          const members = await current(warehouse, family, hasHistory(family))
          for (const deed of rows.deeds.filter((one) => one.family === family)) {
            const row = rows.members.find((one) => one.number === deed.finds)
            const expected = deed.finds === nobody || row === undefined ? '-1' : members.get(numberAfter(number, row, rows) ?? -1) ?? 'a member that is lost'
            for (const name of [...rows.isTyped(deed) ? [`${family}_key`] : [], ...KEYS[family]!.bytes === true ? [] : [`${family}_spelled`]]) {
              const key = found.get(deed.number)?.[names.indexOf(name)]
              if (key !== expected) wrong.push(`${name} of ${shown(deed.key)} is ${key}, and should be ${expected}`)
            }
          }
        }
        assert.deepEqual(wrong, [])
      })
    }

    if (from === 'CSV') {
      it('that come twice fail a load that sets nothing aside, by both rows, and publish nothing', async () => {
        const fresh = await freshWarehouse(on, folder, 'failing')
        const doubled = rows.families.flatMap((family) => {
          const twice = rows.members.filter((row) => row.family === family && row.out === 'twice')
          return twice.length === 0 ? [] : [[family, dimension(family, hasHistory(family), `AND m.no IN (${twice.map((row) => `'${row.number}'`).join(', ')})`, {})] as const]
        })
        const report = await loadAll(configOf(url, fresh, Object.fromEntries(doubled)))
        for (const { name, error } of report.etls) {
          assert.ok(error instanceof DataError, `${name}: ${String(error)}`)
          assert.match(error.message, /the source brings several rows of one lookup\. .* in rows 1 and [23]/)
        }
        assert.deepEqual(await textRows(fresh, "SELECT target FROM etl_run WHERE status = 'succeeded'"), [])
      })
    }
  })
}

it('the corpus of keys has its cases on every warehouse', () => {
  for (const on of kinds) {
    const { members, deeds: looked } = keyRows('CSV', on)
    assert.ok(members.length >= 180 && looked.length >= 180, `${members.length} members and ${looked.length} deeds`)
  }
})
