import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import type { AliasesOf, ColumnsOf, TableOf } from '../../engine/sql/columns.ts'
import { readCreate } from '../../engine/sql/create.ts'
import { readSelectNames } from '../../engine/sql/source.ts'
import { creates, selects } from './cases.ts'

describe('the names in a SQL text', () => {
  for (const { says, sql, names } of selects) {
    it(`are ${names === 'open' ? 'left open' : 'read'} in a source: ${says}`, () => {
      assert.deepEqual(readSelectNames(sql), names === 'open' ? undefined : names)
    })
  }

  for (const { says, sql, table, names } of creates) {
    it(`are read in a create: ${says}`, () => {
      const definition = readCreate(sql)
      assert.equal(definition.table, table)
      assert.deepEqual(definition.columns.map((column) => column.name), names)
    })
  }

  it('refuse a wrong name when the program is compiled', () => {
    type Create = 'CREATE TABLE product_dim (product_key KEY, title TEXT)'
    type Source = 'SELECT p.id AS product_id, p.title FROM product AS p'
    const right: [ColumnsOf<Create>, TableOf<Create>, AliasesOf<Source>] = ['title', 'product_dim', 'product_id']
    // @ts-expect-error a column that the create doesn't name
    const column: ColumnsOf<Create> = 'titel'
    // @ts-expect-error the table is product_dim
    const table: TableOf<Create> = 'product'
    // @ts-expect-error the source gives product_id, and no id
    const alias: AliasesOf<Source> = 'id'
    assert.equal(new Set([...right, column, table, alias]).size, 6)
  })

  it('are those of every text where a create has one for each database', () => {
    type Both = ColumnsOf<'CREATE TABLE t (a INT, b INT)' | 'CREATE TABLE t (a BIGINT, b BIGINT)'>
    const names: Both[] = ['a', 'b']
    // @ts-expect-error neither text has a c
    names.push('c')
    assert.equal(names.length, 3)
  })

  it('stay open where the text is not known letter by letter', () => {
    const open: [AliasesOf<`SELECT ${string} AS a FROM t`>, ColumnsOf<string>, TableOf<`CREATE TABLE ${string} (a INT)`>] = ['x', 'y', 'z']
    assert.equal(open.length, 3)
  })

  it('are read when the program is compiled from texts of 100 columns and 6,000 characters, on one line or on many', () => {
    type Ten<C extends string, Gap extends string> = `${One<`${C}0`>}, ${One<`${C}1`>},${Gap}${One<`${C}2`>},${Gap}${One<`${C}3`>},${Gap}${One<
      `${C}4`>},${Gap}${One<`${C}5`>},${Gap}${One<`${C}6`>},${Gap}${One<`${C}7`>},${Gap}${One<`${C}8`>},${Gap}${One<`${C}9`>}`
    type One<C extends string> = `COALESCE(CAST(some_table.column_${C} AS CHAR), 'none, AS it') AS ${C}`
    type Hundred<Gap extends string> = `SELECT ${Ten<'a', Gap>},${Gap}${Ten<'b', Gap>},${Gap}${Ten<'c', Gap>},${Gap}${Ten<'d', Gap>},${Gap}${
      Ten<'e', Gap>},${Gap}${Ten<'f', Gap>},${Gap}${Ten<'g', Gap>},${Gap}${Ten<'h', Gap>},${Gap}${Ten<'i', Gap>},${Gap}${Ten<'j', Gap>} FROM t`
    const names: [AliasesOf<Hundred<''>>, AliasesOf<Hundred<'\n  '>>] = ['a0', 'j9']
    // @ts-expect-error there is no k0 on one line
    names[0] = 'k0'
    // @ts-expect-error there is no k0 on many lines
    names[1] = 'k0'
    type Sum = 'price + tax + freight + price + tax + freight + price + tax + freight + price + tax + freight + '
    const sum: AliasesOf<`SELECT ${Sum}${Sum}${Sum}${Sum}${Sum}${Sum}${Sum}${Sum}${Sum}${Sum}${Sum}${Sum}${Sum}${Sum}${Sum}${Sum}0 AS total`> = 'total'
    assert.equal(names.length + sum.length, 7)
  })

  it('are read back from any create, however it is written', () => {
    fc.assert(fc.property(someColumns, aStyle, (columns, style) => {
      assert.deepEqual(readCreate(writeCreate(columns, style)).columns.map((column) => column.name), columns.map((column) => column.name))
    }))
  })

  it('are read back from any source, however it is written', () => {
    fc.assert(fc.property(someColumns, aStyle, (columns, style) => {
      assert.deepEqual(readSelectNames(writeSelect(columns, style)), columns.map((column) => column.name))
    }))
  })

  it('never throw in a source, whatever is written there', () => {
    const piece = fc.constantFrom('SELECT', ' ', 'AS', 'a', ',', "'", '"', '`', '(', ')', '--', '/*', '*/', '#', '\\', '$$', '\n', 'FROM', '1', ';', '\0', '/*!')
    fc.assert(fc.property(fc.oneof(fc.string(), fc.array(piece).map((pieces) => pieces.join(''))), (sql) => {
      const names = readSelectNames(`SELECT ${sql}`)
      assert.ok(names === undefined || names.every((name) => name !== ''))
    }))
  })
})

interface Column { readonly name: string, readonly type: string, readonly rest: string, readonly expression: string }
interface Style { readonly quote: string, readonly gap: string, readonly comma: string, readonly lower: boolean }

const aColumn = fc.record({
  name: fc.stringMatching(/^[a-zäß名_][a-z0-9äß名_]{0,12}$/),
  type: fc.constantFrom('KEY', 'INT', 'VARCHAR(120)', 'DECIMAL(10, 2)', 'DOUBLE PRECISION', "ENUM('a,', 'b)', 'it''s')", 'INT[]'),
  rest: fc.constantFrom('', ' NOT NULL', " DEFAULT 'x, y'", ' CHECK (1 > 0 AND (2 IN (1, 2)))', " COMMENT '-- no'", ' UNIQUE'),
  expression: fc.constantFrom('x', "CONCAT(a, ', AS b', c)", 'CAST(a AS DECIMAL(10, 2))', '(SELECT 1 AS q FROM r)', "CASE WHEN 'a' THEN 1 END", 'a IS DISTINCT FROM b'),
})
const someColumns = fc.uniqueArray(aColumn, { minLength: 1, maxLength: 30, selector: (column) => column.name.normalize('NFC').toUpperCase() })
  .map((columns) => columns.map((column, i) => i > 0 && column.type === 'KEY' ? { ...column, type: 'INT' } : column))
const aStyle = fc.record<Style>({
  quote: fc.constantFrom('"', '`'),
  gap: fc.constantFrom(' ', '\n', '\r\n\t', ' /* , x AS y ) */ ', ' -- it\'s, (\n'),
  comma: fc.constantFrom(',', ', ', ',\n', '\n,', ', -- that was "one"\n'),
  lower: fc.boolean(),
})

function writeCreate(columns: readonly Column[], { quote, gap, comma, lower }: Style): string {
  const [create, ending] = lower ? ['create table', ') engine=InnoDB'] : ['CREATE TABLE', ');']
  const items = columns.map(({ name, type, rest }) => `${quote}${name}${quote}${gap}${type}${gap}${type === 'KEY' ? '' : rest}`)
  const [first] = columns
  return `${create} t${gap}(${gap}${[...items, `KEY ix (${quote}${first?.name}${quote})`].join(comma)}${gap}${ending}${gap}`
}

function writeSelect(columns: readonly Column[], { quote, gap, comma, lower }: Style): string {
  const [select, as, from] = lower ? ['select', 'as', 'from'] : ['SELECT', 'AS', 'FROM']
  return `${select}${gap}${columns.map(({ name, expression }) => `${expression}${gap}${as}${gap}${quote}${name}${quote}`).join(comma)}${gap}${from} t${gap};`
}
