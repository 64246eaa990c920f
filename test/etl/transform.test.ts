import assert from 'node:assert/strict'
import { valuesOf } from '../../engine/db/flow.ts'
import type { Flow, Row } from '../../engine/db/flow.ts'
import type { Value } from '../../engine/db/value-type.ts'
import { rejectedBefore, transformed, typeAtSource } from '../../engine/etl/transform.ts'

function flowOf(...rows: readonly Row[]): Flow {
  async function* batches(): AsyncGenerator<readonly Row[]> {
    for (const row of rows) yield [row]
  }
  return { columns: [{ name: 'id', type: { kind: 'integer', min: 0n, max: 9n } }, { name: 'bytes', type: { kind: 'binary' } }], rows: { form: 'batches', of: batches() } }
}

async function* oneBatch(length: number): AsyncGenerator<readonly Row[]> {
  yield Array.from({ length }, (): Row => [1, null])
}

async function rowsOf(flow: Flow): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of valuesOf(flow)) rows.push(...batch)
  return rows
}

type Given = Record<string, Value>

describe('transform', () => {
  it('leaves a flow as it is where none is declared', () => {
    const flow = flowOf([1, null])
    assert.equal(transformed(flow, {}, [], 't'), flow)
    assert.equal(rejectedBefore(flow), 0)
  })

  it('makes new rows, and counts those that it rejects', async () => {
    const first = Object.freeze([1, null])
    const flow = transformed(flowOf(first, [2, null]), { transform: (row) => (row as Given)['id'] === 2 ? null : { ...row as Given, more: 'x', other: 1 } }, ['more'], 't')
    assert.deepEqual(await rowsOf(flow), [[1, null, 'x']])
    assert.equal(rejectedBefore(flow), 1)
    assert.deepEqual(flow.columns.map(({ name, type }) => [name, type.kind]), [['id', 'text'], ['bytes', 'binary'], ['more', 'text']])
    assert.equal(typeAtSource(flow, 'id')?.kind, 'integer')
    assert.equal(typeAtSource(flow, 'more'), undefined)
  })

  it('gives the function a row of its own', async () => {
    const row: Row = [1, null]
    const flow = transformed(flowOf(row), { transform(given) { (given as Given)['id'] = 9; return given as Given } }, [], 't')
    assert.deepEqual(await rowsOf(flow), [[9, null]])
    assert.deepEqual(row, [1, null])
  })

  it('lets others have their turn while the function computes', async () => {
    const seen: boolean[] = []
    let isOver = false
    const busy = (row: unknown): Given => {
      for (const begun = performance.now(); performance.now() - begun < 5;) Math.sqrt(begun)
      seen.push(isOver)
      return row as Given
    }
    const flow: Flow = { ...flowOf(), rows: { form: 'batches', of: oneBatch(40) } }
    setTimeout(() => { isOver = true }, 1)
    assert.equal((await rowsOf(transformed(flow, { transform: busy }, [], 't'))).length, 40)
    assert.deepEqual([seen[0], seen.at(-1)], [false, true], 'what waited for longer had its turn within the batch')
  })

  it('says which row made a Date that is no time', async () => {
    const flow = transformed(flowOf([1, null]), { transform: () => ({ id: new Date('yesterday'), bytes: null }) }, [], 't')
    await assert.rejects(rowsOf(flow), /^DataError: table t, transform: row 1 came back from the function with a Date in id that is no time/)
  })

  it('takes a Date as its instant', async () => {
    const flow = transformed(flowOf([1, null]), { transform: () => ({ id: new Date('2020-01-02T03:04:05Z'), bytes: null }) }, [], 't')
    assert.deepEqual(await rowsOf(flow), [['2020-01-02T03:04:05.000Z', null]])
  })

  // what the function does with the second row | the function's answer | what is said
  const bad: [string, () => unknown, string][] = [
    ['throws', () => { throw new Error('no') }, 'table t, transform: row 2 made the function throw. no. Way out: correct the function, or let it answer null to reject the row'],
    ['leaves a column out', () => ({ id: 1 }), 'table t, transform: row 2 came back from the function without the column bytes. Way out: return { ...row } with it, and null in it where there is no value'],
    ['answers nothing', () => undefined, 'table t, transform: row 2 got undefined from the function. Way out: return a row at once, or null to reject it'],
    ['answers with a getter that throws', () => ({ id: 1, get bytes() { throw new Error('no') } }), "table t, transform: row 2 came back from the function with a column bytes that can't be read. no. Way out: return a plain row"],
    ['answers later', () => Promise.resolve(null), 'table t, transform: row 2 got a promise from the function. Way out: return a row at once, or null to reject it'],
  ]
  for (const [what, answer, message] of bad) {
    it(`is told the row where the function ${what}`, async () => {
      const flow = transformed(flowOf([1, null], [2, null]), { transform: (row) => (row as Given)['id'] === 2 ? answer() as Given : row as Given }, [], 't')
      await assert.rejects(rowsOf(flow), { name: 'DataError', message })
    })
  }
})
