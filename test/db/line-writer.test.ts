import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { ByteBatch } from '../../engine/db/byte-batch.ts'
import { asRows } from '../../engine/db/flow.ts'
import type { ColumnBatch } from '../../engine/db/flow.ts'
import { columnLines, LineWriter } from '../../engine/db/line-writer.ts'
import { linesFor } from '../../engine/db/mysql/encode.ts'
import { RowSource } from '../../engine/db/row-source.ts'

const plain = (name: string) => ({ name, way: 'plain', trims: false, fills: undefined }) as const

/** Two columns of the same texts: one of fields as they came, one of values. */
function twice(texts: readonly (string | null)[], numbers: readonly (number | null)[]): ColumnBatch {
  const bytes = Buffer.from(texts.join(''))
  let end = 0
  const bounds = texts.flatMap((text) => {
    const begin = end
    end += Buffer.byteLength(text ?? '')
    return [text === null ? -1 : begin, end]
  })
  const batch = new ByteBatch(texts.length, bytes, Int32Array.from(bounds), [{ isText: true, decode: (all, from, to) => all.toString('utf8', from, to) }])
  return { length: texts.length, columns: [{ batch, at: 0 }, texts, numbers] }
}

async function* halfACharacter(): AsyncGenerator<ColumnBatch> {
  yield twice(['a', 'b'], [1, 2])
  yield { length: 2, columns: [['c', 'd'], ['c', 'half \uD800'], [3, 4]] }
}

describe('lines for a bulk load', () => {
  it('are the same from bytes, from columns of values and from rows, whatever is in them', () => {
    const text = fc.option(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\\N', 'a\tb', 'a\nb\\', '\0', '\r\n', 'é😀', 'x'.repeat(200_000))))
    const number = fc.option(fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.constantFrom(0, -0, 9, 10, 99, 100, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 1e15, 0.5, 1e21)))
    const lines = linesFor([plain('bytes'), plain('text'), plain('number')])
    fc.assert(fc.property(fc.array(fc.tuple(text, number), { minLength: 1, maxLength: 40 }), (rows) => {
      const batch = twice(rows.map(([one]) => one), rows.map(([, one]) => one))
      assert.equal(lines.columns(batch).toString('utf8'), asRows(batch).map((row) => lines.row(row)).join(''))
    }))
  })

  it('of a batch belong to whoever took them', () => {
    const writer = new LineWriter()
    const column = { takesText: true, textOf: String }
    const first = columnLines(writer, { length: 1, columns: [['first']] }, [column])
    columnLines(writer, { length: 1, columns: [['other']] }, [column])
    assert.equal(first.toString(), 'first\n')
  })

  it('that can\'t be written are told of by the number of their row', async () => {
    const source = new RowSource(halfACharacter())
    const lines = linesFor([plain('bytes'), plain('text'), plain('number')])
    assert.equal((await source.nextLines(lines, 100))?.toString(), 'a\ta\t1\nb\tb\t2\n')
    await assert.rejects(source.nextLines(lines, 100), /row 4 can't be loaded as it is/)
    source.close()
  })
})
