import assert from 'node:assert/strict'
import { ConfigurationError } from '../../engine/errors.ts'
import { readCreate } from '../../engine/sql/create.ts'
import type { ColumnDefinition } from '../../engine/sql/create.ts'
import { refused } from './cases.ts'

function columnOf(text: string): ColumnDefinition {
  const column = readCreate(`CREATE TABLE t (z INT, ${text})`).columns[1]
  assert.ok(column)
  return column
}

describe('a create', () => {
  for (const { says, sql, why } of refused) {
    it(`is refused, naming the line: ${says}`, () => {
      assert.throws(() => readCreate(sql), (error: unknown) => {
        assert.ok(error instanceof ConfigurationError)
        assert.match(error.message, why)
        assert.match(error.message, /line \d+ of the CREATE TABLE|means one thing/)
        return true
      })
    })
  }

  const types = [
    ['a int', 'INT'],
    ['a int(11) unsigned zerofill NOT NULL', 'INT(11) UNSIGNED ZEROFILL'],
    ['a decimal(10, 2)', 'DECIMAL(10, 2)'],
    ['a double precision DEFAULT 1', 'DOUBLE PRECISION'],
    ["a enum('x','Y, z') NULL", "ENUM('x','Y, z')"],
    ['a character varying(20) CHARACTER SET utf8', 'CHARACTER VARYING(20)'],
    ['a timestamp(6) with time zone NOT NULL', 'TIMESTAMP(6) WITH TIME ZONE'],
    ['a varchar(10) -- ten\n COLLATE "C"', 'VARCHAR(10)'],
    ['a int[] NOT NULL', 'INT[]'],
  ] as const
  for (const [text, type] of types) {
    it(`has the type ${type} in ${JSON.stringify(text)}`, () => assert.equal(columnOf(text).type, type))
  }

  const defaults = [
    ["a TEXT DEFAULT 'it''s, so' NOT NULL", "'it''s, so'"],
    ['a TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP', 'CURRENT_TIMESTAMP'],
    ['a INT DEFAULT NULL', 'NULL'],
    ['a INT DEFAULT -1 CHECK (a < 0)', '-1'],
    ["a TEXT DEFAULT (concat('a', 'b')) COMMENT 'x'", "(concat('a', 'b'))"],
    ['a BOOLEAN DEFAULT NOT TRUE', 'NOT TRUE'],
    ["a TEXT DEFAULT 'x'::text", "'x'::text"],
    ['a INT', undefined],
  ] as const
  for (const [text, value] of defaults) {
    it(`has the default ${value} in ${JSON.stringify(text)}`, () => assert.equal(columnOf(text).default, value))
  }

  it('tells a column with every attribute', () => {
    assert.deepEqual(columnOf("`a` varchar(9) CHARACTER SET utf8 NOT NULL DEFAULT 'x' COMMENT 'it''s' COLLATE utf8_bin CONSTRAINT c CHECK (a > 'y') INVISIBLE"), {
      name: 'a', type: 'VARCHAR(9)', nullable: false, default: "'x'", comment: "it's", generated: false,
      rest: "CHARACTER SET utf8 COLLATE utf8_bin CHECK (a > 'y') INVISIBLE",
    })
  })

  it('tells computed columns from counting ones', () => {
    const { generated, rest } = columnOf('a INT GENERATED ALWAYS AS (z + 1) STORED NOT NULL')
    assert.deepEqual([generated, rest], [true, 'GENERATED ALWAYS AS (z + 1) STORED'])
    assert.deepEqual(columnOf('a INT GENERATED ALWAYS AS IDENTITY (START 5) NOT NULL'),
      { name: 'a', type: 'INT', nullable: false, default: undefined, comment: undefined, generated: false, rest: '' })
    assert.equal(columnOf('a INT NOT NULL AUTO_INCREMENT').rest, '')
  })

  it('takes KEY for a primary key that is never NULL', () => {
    const { columns, primaryKey } = readCreate('CREATE TABLE t (a key, b INT)')
    assert.deepEqual([columns[0]?.type, columns[0]?.nullable, columns[1]?.nullable, primaryKey], ['KEY', false, true, ['a']])
  })

  it('tells keys, indexes and relationships, in the way in which the table writes its columns', () => {
    const { primaryKey, uniques, indexes, foreignKeys, checks, columns } = readCreate(`
      CREATE TABLE t (
        Id INT, title TEXT, brand TEXT UNIQUE, shop INT REFERENCES shop (id) ON DELETE SET NULL ON UPDATE NO ACTION NOT NULL,
        CONSTRAINT pk PRIMARY KEY USING BTREE (id, SHOP),
        UNIQUE KEY u USING HASH (brand, shop DESC),
        CONSTRAINT u2 UNIQUE (title),
        KEY ix (title(10) DESC, brand) COMMENT 'x',
        INDEX ((lower(title)), shop),
        FULLTEXT INDEX ft (title),
        SPATIAL KEY (brand),
        CONSTRAINT fk FOREIGN KEY f (brand, shop) REFERENCES brand (name, shop) MATCH FULL ON DELETE CASCADE,
        FOREIGN KEY (shop) REFERENCES other,
        CONSTRAINT positive CHECK (id > 0 -- really
          AND (shop > 0)) NOT ENFORCED
      )`)
    assert.deepEqual(primaryKey, ['Id', 'shop'])
    assert.deepEqual(columns.map((column) => column.nullable), [false, true, true, false])
    assert.deepEqual(uniques, [['brand'], ['brand', 'shop'], ['title']])
    assert.deepEqual(checks, ['id > 0 AND (shop > 0)'])
    assert.deepEqual(indexes, [
      { kind: 'plain', name: 'ix', columns: ['title', 'brand'], sql: 'title(10) DESC, brand', options: "COMMENT 'x'" },
      { kind: 'plain', name: undefined, columns: ['shop'], sql: '(lower(title)), shop', options: '' },
      { kind: 'fulltext', name: 'ft', columns: ['title'], sql: 'title', options: '' },
      { kind: 'spatial', name: undefined, columns: ['brand'], sql: 'brand', options: '' },
    ])
    assert.deepEqual(foreignKeys, [
      { columns: ['shop'], table: 'shop', references: ['id'] },
      { columns: ['brand', 'shop'], table: 'brand', references: ['name', 'shop'] },
      { columns: ['shop'], table: 'other', references: [] },
    ])
  })

  const options = [
    ['', '', undefined],
    [';', '', undefined],
    ['ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4', 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4', undefined],
    ["ENGINE = InnoDB, COMMENT = 'it''s; (so)' -- end", 'ENGINE = InnoDB', "it's; (so)"],
    ["COMMENT 'x', ROW_FORMAT=DYNAMIC;", 'ROW_FORMAT=DYNAMIC', 'x'],
    ['PARTITION BY HASH (z) PARTITIONS 4', 'PARTITION BY HASH (z) PARTITIONS 4', undefined],
  ] as const
  for (const [text, kept, comment] of options) {
    it(`keeps the options ${JSON.stringify(kept)} of ${JSON.stringify(text)}`, () => {
      const definition = readCreate(`CREATE TABLE t (z INT) ${text}`)
      assert.deepEqual([definition.options, definition.comment], [kept, comment])
    })
  }

  it('is read as MySQL does, or as others do, where the text says whose it is', () => {
    const sql = 'CREATE TABLE t (a INT, /*!50705 b GEOMETRY, */ c INT)'
    assert.deepEqual(readCreate(sql, 'mysql').columns.map((column) => column.name), ['a', 'b', 'c'])
    assert.deepEqual(readCreate(sql, 'standard').columns.map((column) => column.name), ['a', 'c'])
  })
})
