import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { Context } from 'mocha'
import type { Connection } from '../../engine/db/connection.ts'
import { scd2 } from '../../engine/dimension/scd2.ts'
import { transaction } from '../../engine/fact/transaction.ts'
import { create } from '../../engine/sql/define-create.ts'
import { source } from '../../engine/source/sql.ts'
import type { Drawn } from '../helpers/drawn.ts'
import { needsSharedData } from '../helpers/shared-data.ts'
import type { House } from '../helpers/target.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'
import { isHalfOpen, otherwise, refused, unfit } from './scd2-cases.ts'
import type { Case, Cell, Step, Version } from './scd2-cases.ts'

const anything = source<Record<string, unknown>>('SELECT 1')
const columns = ['age INT', 'city VARCHAR(20)']
const bookkeeping = ['valid_from TIMESTAMP NOT NULL', 'valid_to TIMESTAMP', 'is_current BOOLEAN NOT NULL']
const createOf = (...lines: string[]) => create<string>(`CREATE TABLE person_dim (\n${['person_key KEY', 'name VARCHAR(40)', ...lines].join(',\n')}\n)`)

/** Every column that is neither in the lookup nor a correction opens a version. */
function personOf({ config: { lookupatts, type1atts = [], srcdateatt } }: Case) {
  const corrections = type1atts.map((each) => typeof each === 'string' ? each : String(each[0]))
  return scd2({
    source: anything, create: createOf(...columns, ...bookkeeping), key: 'person_key', lookup: lookupatts as readonly [string, ...string[]],
    history: ['age', 'city'].filter((name) => !lookupatts.includes(name) && !corrections.includes(name)),
    ...srcdateatt !== undefined && { effectiveFrom: 'since' },
  })
}

/** Cases that one dimension serves are loaded together, each with people of its own. */
const groupOf = ({ id, config: { lookupatts, type1atts = [], srcdateatt, cachesize } }: Case): string =>
  refused[id] === undefined ? JSON.stringify([lookupatts, type1atts.flat().includes('age'), srcdateatt, cachesize]) : id

function read(test: Context): Case[] {
  return (JSON.parse(readFileSync(needsSharedData(test, 'scd2-cases/cases.json'), 'utf8')) as { cases: Case[] }).cases
}

const fitting = (cases: readonly Case[]): Case[] => cases.filter(({ id, constructor_error: broken }) => unfit[id] === undefined && broken === undefined)

describe('the cases of slowly changing dimensions', () => {
  let cases: Case[]
  before(function () { cases = read(this) })

  it('are 53, of which those that scd2 has no words for are told with their reason', () => {
    assert.equal(cases.length, 53)
    for (const [id, why] of Object.entries(unfit)) assert.ok(cases.some((one) => one.id === id) && why !== '', `${id} is no case`)
    assert.equal(fitting(cases).length, 31)
  })

  it('are explained wherever scd2 does otherwise', () => {
    const page = readFileSync(new URL('../../docs/decisions/versions-compared.md', import.meta.url), 'utf8')
    for (const [id, { heading }] of [...Object.entries(otherwise), ...Object.entries(refused)]) {
      const [, text = ''] = page.split(`## ${heading}\n`)
      assert.ok(text.split('\n## ')[0]?.includes(id), `the page does not name ${id} under "${heading}"`)
    }
  })

  for (const [id, what, problem, declared] of [
    ['S23', 'has no times', 'the create has no column valid_from, which a dimension with history needs',
      () => scd2({ source: anything, create: createOf(...columns), key: 'person_key', lookup: ['name'], history: ['city'] })],
    ['S24', 'names a column that there is not', "history names 'surname', which is no column of person_dim",
      () => scd2({ source: anything, create: createOf(...columns, ...bookkeeping), key: 'person_key', lookup: ['name'], history: ['surname'] })],
    ['S25', 'names a column of the lookup', "history names 'age', which is in lookup: a member's natural key never changes",
      () => scd2({ source: anything, create: createOf(...columns, ...bookkeeping), key: 'person_key', lookup: ['name', 'age'], history: ['age'] })],
  ] as const) {
    it(`are refused where the declaration ${what} (${id})`, () => {
      assert.notEqual(cases.find((one) => one.id === id)?.constructor_error, undefined)
      const dimension = declared()
      assert.equal(dimension.problems(dimension.create.definition())[0], problem)
    })
  }

  it('are refused where a fact does not bring what it is looked up by (S03, S05)', () => {
    const fact = transaction({
      source: { ...anything, columns: ['city'] }, create: create<string>('CREATE TABLE asked_fact (\ncity VARCHAR(20),\nperson_key INT NOT NULL\n)'),
      keys: { person_key: { of: personOf(cases[0]!), by: ['name'] } },
    })
    assert.deepEqual(cases.filter(({ step_results: results }) => results.some(({ error }) => error === 'KeyError')).map(({ id }) => id), ['S03', 'S05'])
    assert.match(fact.problems(fact.create.definition()).join(), /brings no column name/)
  })
})

onEveryWarehouse('the cases of slowly changing dimensions', ({ house, connection }) => {
  let cases: Case[]
  before(function () { cases = fitting(read(this)) })

  it('come to the rows that are expected, or to those that are decided otherwise', async () => {
    const compared: string[] = []
    for (const group of grouped(cases).filter(([one]) => refused[one?.id ?? ''] === undefined)) {
      await loadGroup(group, house(), connection())
      for (const [at, one] of group.entries()) {
        const expected = wanted(one)
        assert.deepEqual(await found(one, at, house(), group), otherwise[one.id]?.rows(expected) ?? expected, `${one.id} ${one.title}`)
        compared.push(one.id)
      }
      await connection().execute(connection().dialect.dropTable('person_dim'))
    }
    assert.equal(compared.length, 30)
  })

  it('are refused where a change comes too late', async () => {
    for (const [id, { error }] of Object.entries(refused)) {
      const one = cases.find((each) => each.id === id) ?? assert.fail(id)
      await assert.rejects(loadGroup([one], house(), connection()), ({ message, why }: { message: string, why?: string }) => error.test(`${message} ${why}`))
      assert.deepEqual(await found(one, 0, house(), [one]), versionsOf(one.initial).toSorted(byId))
    }
  })

  it('find the members that are looked up, now and as of a day', async () => {
    let asked = 0
    for (const group of grouped(cases.filter(({ id }) => refused[id] === undefined))) {
      const questions = group.flatMap((one, at) => one.steps.flatMap((step, no) => isQuestion(one, step) ? [{ one, at, step, expected: one.step_results[no] }] : []))
      if (questions.length === 0) continue
      await loadGroup(group, house(), connection())
      const person = personOf(group[0]!)
      const fact = transaction({
        source: anything, create: create<string>('CREATE TABLE asked_fact (\nno INT NOT NULL,\nnow_key INT NOT NULL,\nthen_key INT NOT NULL\n)'),
        keys: { now_key: { of: person, by: person.lookup }, then_key: { of: person, by: person.lookup, asOf: 'at' } },
      })
      await house().load(fact, {
        columns: [{ name: 'no', type: 'INT' }, { name: 'name', type: 'VARCHAR(40)' }, { name: 'age', type: 'INT' }, { name: 'at', type: 'TIMESTAMP' }],
        rows: questions.map(({ one, step }, no) => ({ no, name: `${one.id} ${String(valueOf(step, 'name'))}`, age: valueOf(step, 'age'), at: step.when ?? '9999-01-01' })),
      })
      const answers = await house().rows(fact)
      for (const [no, { one, at, step, expected }] of questions.entries()) {
        const answer = answers.find((row) => Number(row['no']) === no) ?? assert.fail('an answer is missing')
        const key = Number(answer[step.op === 'asof' ? 'then_key' : 'now_key'])
        assert.equal(key === -1 ? null : key - keysOf(at), expected?.key ?? null, `${one.id} ${JSON.stringify(step)}`)
        asked += 1
      }
      for (const table of ['person_dim', 'asked_fact']) await connection().execute(connection().dialect.dropTable(table))
    }
    assert.equal(asked, 12)
  })
})

function grouped(cases: readonly Case[]): Case[][] {
  const groups = new Map<string, Case[]>()
  for (const one of cases) groups.set(groupOf(one), [...groups.get(groupOf(one)) ?? [], one])
  return [...groups.values()]
}

/** A step that scd2 can answer: not with a column of the lookup left out, which the types and the source test refuse. */
const isQuestion = ({ config }: Case, step: Step): boolean =>
  (step.op === 'lookup' || step.op === 'asof') && isHalfOpen(step) && config.lookupatts.every((name) => valueOf(step, name) !== null)

/** A case's keys lie apart from those of the others. */
const keysOf = (at: number): number => at * 100

const valueOf = ({ row, namemapping = {} }: Step, name: string): Cell => row[namemapping[name] ?? name] ?? null

/** The tables of these cases as they begin, in one; then one load for the first steps of all of them, one for the second ones, … */
async function loadGroup(group: readonly Case[], house: House, connection: Connection): Promise<void> {
  const person = personOf(group[0]!)
  const { dialect } = connection
  for (const sql of dialect.createTable(person.create.definition(dialect.name), 'person_dim', '')) await connection.execute(sql)
  const rows = group.flatMap((one, at) => versionsOf(one.initial).map(([id, name, age, city, from, to]) => [keysOf(at) + id, `${one.id} ${name}`, age, city, from, to, to === null]))
  await connection.execute(`INSERT INTO person_dim (person_key, name, age, city, valid_from, valid_to, is_current) VALUES ${
    [[-1, 'Unknown', null, null, '1000-01-01', null, true], ...rows].map((row) => `(${row.map(literal).join(', ')})`).join(', ')}`)
  const ensured = group.map((one) => one.steps.filter(({ op }) => op === 'ensure').map((step) => ({ one, step })))
  for (let round = 0; ensured.some((steps) => steps[round] !== undefined); round += 1) {
    await house.load(person, drawnOf(ensured.flatMap((steps) => steps[round] ?? [])), { at: '2012-01-01 00:00:00.000000' })
  }
}

const literal = (value: unknown): string => typeof value === 'string' ? `'${value}'` : String(value)

function drawnOf(steps: readonly { one: Case, step: Step }[]): Drawn {
  return {
    columns: [{ name: 'name', type: 'VARCHAR(40)' }, { name: 'age', type: 'UNTYPED' }, { name: 'city', type: 'VARCHAR(20)' }, { name: 'since', type: 'TIMESTAMP' }],
    rows: steps.map(({ one, step }) => {
      const [name, age, city, since] = ['name', 'age', 'city', 'from'].map((column) => valueOf(step, column))
      return { name: name === null ? null : `${one.id} ${name}`, age: age === null ? null : String(age), city: city ?? null, since: since ?? null }
    }),
  }
}

/** A table of a case as versions; one without a begin is none that scd2 makes. */
function versionsOf({ cols, rows }: Case['initial']): Version[] {
  const cell = (row: readonly Cell[], name: string): Cell => row[cols.indexOf(name)] ?? null
  return rows.filter((row) => cell(row, 'fromdate') !== null)
    .map((row): Version => [Number(cell(row, 'id')), cell(row, 'name'), cell(row, 'age'), cell(row, 'city'), cell(row, 'fromdate'), cell(row, 'todate')])
}

const byId = (a: Version, b: Version): number => a[0] - b[0]

const wanted = (one: Case): Version[] => versionsOf(one.expected).toSorted(byId)

/** What became of a case's people; new versions are numbered on from its highest number, in the order of their keys. */
async function found(one: Case, at: number, house: House, group: readonly Case[]): Promise<Version[]> {
  const rows = (await house.rows(personOf(one))).filter(({ name, person_key: key }) => Number(key) !== -1 && (name === null ? isNamelessIn(one) : (name as string).startsWith(`${one.id} `)))
  const known = Math.max(...versionsOf(one.initial).map(([id]) => id))
  const begun = Math.max(...group.flatMap((each, no) => versionsOf(each.initial).map(([id]) => keysOf(no) + id)))
  const isNew = (key: number): boolean => key > begun
  const keys = rows.map((row) => Number(row['person_key'])).filter(isNew).toSorted((a, b) => a - b)
  return rows.map((row): Version => {
    const key = Number(row['person_key'])
    const name = row['name'] === null ? null : (row['name'] as string).slice(one.id.length + 1)
    return [isNew(key) ? known + 1 + keys.indexOf(key) : key - keysOf(at), name, row['age'] as Cell, row['city'] as Cell, dayOf(row['valid_from']), dayOf(row['valid_to'])]
  }).toSorted(byId)
}

const isNamelessIn = ({ steps }: Case): boolean => steps.some((step) => step.op === 'ensure' && valueOf(step, 'name') === null)

const dayOf = (value: unknown): Cell => typeof value === 'string' ? value.replace(/ 00:00:00(\.0+)?$/, '') : null
