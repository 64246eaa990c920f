import assert from 'node:assert/strict'
import { reportText } from '../../engine/cli/report.ts'
import { exitCodeOf } from '../../engine/cli/outcome.ts'
import type { Outcome } from '../../engine/cli/outcome.ts'
import { documentText } from '../../engine/cli/document.ts'
import type { EtlReport } from '../../engine/etl/run-all.ts'
import type { FlowForm } from '../../engine/etl/flow-form.ts'
import type { Counts, Etl } from '../../engine/etl/etl.ts'
import type { Config } from '../../engine/etl/registry.ts'
import { BusyError, ConfigurationError, DataError, StarlineError, StoppedError } from '../../engine/errors.ts'
import { keepSecret } from '../../engine/redact.ts'
import { create } from '../../engine/sql/define-create.ts'
import { capturedIo } from './captured.ts'

const etl = (type: 'dimension' | 'fact', sql: string): Etl => ({ type, kind: 'k', create: create(sql), uses: {} } as unknown as Etl)
const config = {
  dimensions: {
    product: etl('dimension', 'CREATE TABLE product_dim (product_key KEY, product_id INT, title TEXT)'),
    school: etl('dimension', 'CREATE TABLE school_dim (school_key KEY, school_id INT, name VARCHAR(9), city TEXT, state TEXT, size INT)'),
  },
  facts: { sale: etl('fact', 'CREATE TABLE sale_fact (school_fk INT, amount DECIMAL(10,2))') },
} as unknown as Config

const counts = (read: number, rest: Partial<Counts> = {}): Counts => ({ read, rejected: 0, staged: read + 1, ...rest })
const published = (type: 'dimension' | 'fact', name: string, rows: number, rest: Partial<Counts> = {}): EtlReport => ({
  type, name, table: `${name}_${type === 'fact' ? 'fact' : 'dim'}`, status: 'published', seconds: 0.25,
  result: [type, name, rows], counts: counts(rows + (rest.rejected ?? 0), rest),
})
const failed = (name: string, error: Error, status: 'failed' | 'skipped' = 'failed'): EtlReport =>
  ({ type: 'dimension', name, table: `${name}_dim`, status, seconds: 0.1, error })

const members = { unchanged: 0, overwritten: 0, newMembers: 0, newVersions: 0 }
const good: Outcome = {
  seconds: 1.5, refresh: 'r1',
  report: {
    etls: [
      published('dimension', 'product', 850, { ...members, newMembers: 850 }),
      published('dimension', 'school', 1687, { ...members, unchanged: 1680, overwritten: 4, newVersions: 3 }),
      published('fact', 'sale', 50000, { rejected: 2, notFound: { school_fk: 1200, date_fk: 0 }, total: { column: 'amount', value: '2035113.85' } }),
    ],
  },
}
const report = (outcome: Outcome, width = Infinity): string => reportText(outcome, config, capturedIo({ width }))

const denied = (label: string) => new StarlineError('the user is not let in', { where: `source of ${label}, mysql shop` })

const nobodyAt = (place: string) => new StarlineError('nobody answers', { where: place })

const words = (text: string): string => text.replaceAll(/\s+/g, ' ')

describe('the report', () => {
  it('tells the list, the counts, who was not found, a total to check, and what to try next', () => {
    assert.equal(report(good), `
dimension  product 850 · school 1687
fact  sale 50000

           rows                       over-            new              members
           read  loaded  unchanged  written  new  versions  rejected  not found  elapsed
product     850     850          0        0  850         0         0          –   0.25 s
school    1,687   1,687      1,680        4    0         3         0          –   0.25 s
sale     50,002  50,000          –        –    –         –         2      1,200   0.25 s

Members not found:
  sale_fact.school_fk: 1,200 rows

Total to check: sale.amount = 2,035,113.85 over 50,000 rows

Published 3 tables in 1.50 s.

Next: npx starline query "select school_id, name, state from school_dim limit 3"
`.trimStart())
  })

  it('tells of a load that has grown so much that somebody should have a look', () => {
    const etls = [published('dimension', 'product', 850, { grownFrom: 80 }), published('dimension', 'school', 1687)]
    assert.deepEqual(report({ ...good, report: { etls } }).split('\n').filter((line) => line.includes('look:')),
      ['Have a look: dimension product: the load brought 850 rows, 10 times the 80 of the last one'])
    const document = JSON.parse(documentText({ ...good, report: { etls } }))
    assert.deepEqual(document.etls.map(({ warning }: { warning?: string }) => warning), ['the load brought 850 rows, 10 times the 80 of the last one', undefined])
  })

  it('tells of a lookup that finds nobody at all', () => {
    const etls = [published('fact', 'sale', 3, { notFound: { school_key: 3 }, neverFound: [{ column: 'school_key', by: ['hall', 'place'], table: 'school_dim' }] })]
    const text = 'school_key: none of 3 rows finds a member of school_dim by hall, place; is that what its lookup holds?'
    assert.ok(report({ ...good, report: { etls } }, 200).includes(`\nHave a look: fact sale: ${text}\n`), 'the report')
    assert.equal(JSON.parse(documentText({ ...good, report: { etls } })).etls[0].warning, text)
  })

  it('tells whose rows came in a form of their own, and the document why', () => {
    const flows: FlowForm[] = [{ form: 'values' }, { form: 'bytes', why: 'the user may not read it there' }, { form: 'bytes', ranges: 4 }, { form: 'relation' }, { form: 'bytes' }, { form: 'values', ranges: 4, helped: { a: 1, b: 2 } }]
    const etls = flows.map((flow, i) => ({ ...published('fact', `sale${i}`, 5), flow }))
    assert.deepEqual(report({ ...good, report: { etls } }, 80).split('\n').filter((line) => /^Read|^ +sale/.test(line)), ['Read as bytes:  sale1 · sale4', 'Read as bytes in 4 ranges:  sale2', 'Read by the warehouse itself:  sale3', 'Read as values in 4 ranges, 3 of them by others:  sale5'])
    assert.deepEqual(JSON.parse(documentText({ ...good, report: { etls } })).etls.map(({ flow }: EtlReport) => flow), flows)
    assert.ok(!report(good).includes('Read '), 'nothing is said of values')
  })

  it('wraps its list between two results', () => {
    const lines = report(good, 30).split('\n')
    assert.deepEqual(lines.slice(0, 3), ['dimension  product 850 ·', '           school 1687', 'fact  sale 50000'])
  })

  it('leaves columns of noughts out where the terminal is too narrow', () => {
    const etls = [published('dimension', 'product', 850, { ...members, newMembers: 850 })]
    const lines = report({ ...good, report: { etls } }, 60).split('\n')
    assert.equal(lines[3]?.trim().split(/\s+/).join(' '), 'read loaded unchanged new elapsed')
  })

  it('keeps within a terminal of whatever width, folds between words, and loses none of them', () => {
    const wide = 'a reason that is long enough to be folded more than once, and then another one besides it'
    const error = new StarlineError('the server refused what it was asked for', { where: 'source of dimension product, mysql shop', why: wide, wayOut: wide })
    const outcome: Outcome = { ...good, report: { etls: [...good.report?.etls ?? [], failed('user', error)] } }
    for (const width of [80, 60, 40]) {
      const text = report(outcome, width)
      assert.deepEqual(text.split('\n').filter((line) => line.length > width && !line.startsWith('Next: ')), [], `${width} columns`)
      assert.ok(words(text).includes(`why ${wide} way out ${wide} `), text)
      assert.match(words(text), /50,000/)
    }
  })

  it('says of each failure what, where, why and the way out, once, and how to try again', () => {
    const away = new StarlineError('the server refused', { where: 'mysql shop', why: 'it is down', wayOut: 'start it' })
    const outcome: Outcome = { ...good, report: { etls: [failed('product', away), failed('school', away), failed('user', new Error('later'), 'skipped')] } }
    const text = report(outcome)
    assert.ok(text.includes('✗ mysql shop: the server refused\n  why      it is down\n  way out  start it\n  met by   dimension product, dimension school\n'), text)
    assert.ok(text.includes('Published nothing in 1.50 s; 2 failed, 1 skipped. Tables that were not published stay as they were.'), text)
    assert.ok(text.endsWith('Next: npx starline run --run_dimensions --select product,school,user\n'), text)
    assert.ok(report({ ...outcome, refresh: 'r-1', byWorkers: true }).endsWith('Next: npx starline retry r-1\n'), 'workers did it')
    assert.ok(!/^dimension {2}/m.test(text), text)
  })

  it('tells a failure once that met several, each under its own name', () => {
    const text = report({ ...good, report: { etls: ['product', 'school', 'user'].map((name) => failed(name, denied(`dimension ${name}`))) } })
    assert.ok(text.includes('✗ mysql shop: the user is not let in\n  met by   dimension product, dimension school, dimension user\n'), text)
    assert.equal(text.match(/not let in/g)?.length, 1)
    assert.ok(report({ ...good, report: { etls: [failed('product', denied('dimension product'))] } }).includes('✗ source of dimension product, mysql shop: the user is not let in\n\n'), 'one alone is told as it is')
  })

  it('tells it once also where the terminal folds each of them at another word, and JSON one for each', () => {
    const names = ['product', 'a_name_that_is_long', 'user']
    const outcome: Outcome = { ...good, report: { etls: names.map((name) => failed(name, denied(`dimension ${name}`))) } }
    for (const width of [80, 50, 40]) {
      const text = words(report(outcome, width))
      assert.equal(text.match(/not let in/g)?.length, 1, `${width} columns: ${text}`)
      assert.ok(text.includes('met by dimension product, dimension a_name_that_is_long, dimension user'), text)
    }
    const { etls } = JSON.parse(documentText(outcome)) as { etls: { error: { where: string } }[] }
    assert.deepEqual(etls.map(({ error }) => error.where), names.map((name) => `source of dimension ${name}, mysql shop`))
  })

  it('keeps what differs apart', () => {
    const text = report({ ...good, report: { etls: [failed('product', nobodyAt('mysql shop')), failed('school', nobodyAt('mysql crm'))] } })
    assert.ok(text.includes('✗ mysql shop: nobody answers\n  met by   dimension product\n\n✗ mysql crm: nobody answers\n  met by   dimension school\n') || text.includes('✗ mysql shop: nobody answers\n  met by   dimension product\n✗ mysql crm: nobody answers\n  met by   dimension school\n'), text)
  })

  it('tells a table that was loaded and not published from one that was', () => {
    const [product, ...rest] = good.report?.etls ?? []
    assert.ok(product)
    const text = report({ ...good, report: { etls: [{ ...product, status: 'loaded' }, ...rest], error: new BusyError('the table is busy') } })
    assert.match(text, /^product .* loaded, not published$/m)
    assert.match(text, /^dimension {2}school 1687$/m)
  })

  it('has no password in it', () => {
    keepSecret('can"ary')
    const error = new StarlineError('no can"ary here', { where: 'mysql://root:hunter2@db/shop' })
    const io = capturedIo()
    io.out.write(reportText({ seconds: 0, error }, config, io))
    io.out.write(documentText({ seconds: 0, error }))
    assert.ok(!/can\\*"ary|hunter2/.test(io.out.text()), io.out.text())
    assert.ok(io.out.text().includes('mysql://root:***@db/shop'))
  })
})

describe('the document', () => {
  it('holds the tuples of what was published, and each ETL\'s details', () => {
    const document = JSON.parse(documentText({ ...good, report: { etls: [...good.report?.etls ?? [], failed('user', new DataError('no', { where: 'here' }))] } }))
    assert.deepEqual(document.results, [[['dimension', 'product', 850], ['dimension', 'school', 1687]], [['fact', 'sale', 50000]]])
    assert.equal(document.refresh, 'r1')
    assert.deepEqual(document.etls.map((each: { name: string; status: string; rows: number | null }) => [each.name, each.status, each.rows]),
      [['product', 'published', 850], ['school', 'published', 1687], ['sale', 'published', 50000], ['user', 'failed', null]])
    assert.equal(document.etls[2].counts.notFound.school_fk, 1200)
    assert.deepEqual(document.etls[3].error, { name: 'DataError', message: 'here: no', what: 'no', where: 'here', transient: false })
    assert.equal(document.error.message, '1 of 4 ETLs failed. dimension user')
    assert.ok(!('error' in JSON.parse(documentText(good))))
  })
})

describe('the exit code', () => {
  const [data, busy, config2] = [new DataError('d'), new BusyError('b'), new ConfigurationError('c')]
  const cases: [string, Outcome, number][] = [
    ['all well', good, 0],
    ['an ETL failed', { seconds: 0, report: { etls: [failed('a', data)] } }, 1],
    ['the publish failed', { seconds: 0, report: { etls: [], error: data } }, 1],
    ['only somebody else was at work', { seconds: 0, report: { etls: [failed('a', busy), failed('b', new Error('x'), 'skipped')] } }, 3],
    ['somebody else was at work, and an ETL failed', { seconds: 0, report: { etls: [failed('a', busy), failed('b', data)] } }, 1],
    ['only declarations are wrong', { seconds: 0, report: { etls: [failed('a', config2)] } }, 2],
    ['a declaration is wrong, and the rest was published', { seconds: 0, report: { etls: [...good.report?.etls ?? [], failed('a', config2)] } }, 1],
    ['it was stopped', { seconds: 0, error: new StoppedError('s') }, 1],
  ]
  for (const [what, outcome, code] of cases) it(`is ${code} where ${what}`, () => assert.equal(exitCodeOf(outcome), code))
})
