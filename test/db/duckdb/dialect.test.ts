import assert from 'node:assert/strict'
import type { Connection } from '../../../engine/db/connection.ts'
import { duckdbDialect as dialect } from '../../../engine/db/duckdb/dialect.ts'
import { typeWord } from '../../../engine/db/duckdb/type-words.ts'
import type { ValueType } from '../../../engine/db/value-type.ts'
import { ConfigurationError } from '../../../engine/errors.ts'
import { readCreate } from '../../../engine/sql/create.ts'
import { failureOf, inMemory, made } from './helpers.ts'

const integer = (min: bigint, max: bigint): ValueType => ({ kind: 'integer', min, max })
const text = (length?: number): ValueType => length === undefined ? { kind: 'text' } : { kind: 'text', length }

/** What is declared, what DuckDB calls it, and what the values are held to. */
const WORDS: readonly (readonly [declared: string, described: string, type: ValueType])[] = [
  ['KEY', 'INTEGER', integer(-(2n ** 31n), 2n ** 31n - 1n)],
  ['TINYINT(1)', 'TINYINT', integer(-128n, 127n)],
  ['TINYINT UNSIGNED', 'UTINYINT', integer(0n, 255n)],
  ['MEDIUMINT', 'INTEGER', integer(-(2n ** 23n), 2n ** 23n - 1n)],
  ['MEDIUMINT(8) UNSIGNED', 'UINTEGER', integer(0n, 2n ** 24n - 1n)],
  ['INT(11)', 'INTEGER', integer(-(2n ** 31n), 2n ** 31n - 1n)],
  ['INT(10) UNSIGNED ZEROFILL', 'UINTEGER', integer(0n, 2n ** 32n - 1n)],
  ['BIGINT UNSIGNED', 'UBIGINT', integer(0n, 2n ** 64n - 1n)],
  ['YEAR', 'SMALLINT', integer(0n, 2155n)],
  ['BOOL', 'BOOLEAN', { kind: 'boolean' }],
  ['DECIMAL(10,2)', 'DECIMAL(10,2)', { kind: 'decimal', precision: 10, scale: 2 }],
  ['NUMERIC(10)', 'DECIMAL(10,0)', { kind: 'decimal', precision: 10, scale: 0 }],
  ['DECIMAL', 'DECIMAL(18,3)', { kind: 'decimal', precision: 18, scale: 3 }],
  ['FLOAT', 'FLOAT', { kind: 'float', bits: 32 }],
  ['DOUBLE PRECISION', 'DOUBLE', { kind: 'float', bits: 64 }],
  ['DATETIME', 'TIMESTAMP', { kind: 'timestamp', precision: 6 }],
  ['DATETIME(3)', 'TIMESTAMP', { kind: 'timestamp', precision: 3 }],
  ['TIMESTAMP WITH TIME ZONE', 'TIMESTAMP WITH TIME ZONE', { kind: 'timestamp', precision: 6 }],
  ['TIME', 'TIME', { kind: 'time', precision: 6 }],
  ['DATE', 'DATE', { kind: 'date' }],
  ['VARCHAR(120)', 'VARCHAR', text(120)],
  ['CHAR(2)', 'VARCHAR', text(2)],
  ['CHARACTER VARYING(9)', 'VARCHAR', text(9)],
  ['TEXT', 'VARCHAR', text()],
  ['LONGTEXT', 'VARCHAR', text()],
  ['TINYTEXT', 'VARCHAR', { kind: 'text', bytes: 255 }],
  ['VARBINARY(16)', 'BLOB', { kind: 'binary', length: 16 }],
  ['LONGBLOB', 'BLOB', { kind: 'binary' }],
  ["ENUM('a','b''c')", "ENUM('a', 'b''c')", { kind: 'enum', values: ['a', "b'c"] }],
  ["SET('a','b')", 'VARCHAR', text()],
  ['JSON', 'JSON', { kind: 'json' }],
  ['UUID', 'UUID', { kind: 'uuid' }],
  ['INTERVAL', 'INTERVAL', { kind: 'other', name: 'INTERVAL' }],
  ['INTEGER[]', 'INTEGER[]', { kind: 'other', name: 'INTEGER[]' }],
  ['TIMESTAMP_NS', 'TIMESTAMP_NS', { kind: 'other', name: 'TIMESTAMP_NS' }],
]

describe("DuckDB's words", () => {
  let here: Awaited<ReturnType<typeof inMemory>>
  let session: Connection
  before(async () => {
    here = await inMemory()
    session = here.session
  })
  after(() => here.end())

  for (const [at, [declared, described, type]] of WORDS.entries()) {
    it(`makes ${described} of ${declared}`, async () => {
      assert.deepEqual(dialect.readType(declared), type)
      const [column] = readCreate(`CREATE TABLE w${at} (c ${declared})`).columns
      assert.ok(column !== undefined)
      await session.execute(`CREATE TABLE w${at} (c ${dialect.columnType(column)})`)
      const there = await session.describe(`w${at}`)
      assert.equal(there?.columns[0]?.sqlType, described)
      assert.notEqual(typeWord(described), undefined, 'what is described can be read')
    })
  }

  it('holds in the type that it writes for a value type each value of it', async () => {
    const types: readonly ValueType[] = [
      integer(0n, 1n), integer(-(2n ** 63n), 2n ** 63n - 1n), integer(0n, 2n ** 64n - 1n), integer(0n, 2n ** 128n - 1n), { kind: 'decimal', precision: 38, scale: 4 },
      { kind: 'float', bits: 32 }, { kind: 'float', bits: 64 }, { kind: 'boolean' }, text(5), { kind: 'enum', values: ['a'] }, { kind: 'binary' }, { kind: 'date' },
      { kind: 'timestamp', precision: 3 }, { kind: 'time', precision: 6 }, { kind: 'json' }, { kind: 'uuid' }, { kind: 'null' },
    ]
    for (const type of types) {
      const read = dialect.readType(dialect.writeType(type))
      if (type.kind === 'integer' && read.kind === 'integer') assert.ok(read.min <= type.min && read.max >= type.max, JSON.stringify(dialect.writeType(type)))
      else assert.equal(read.kind, ['enum', 'null'].includes(type.kind) ? 'text' : type.kind)
    }
    assert.equal(dialect.writeType({ kind: 'decimal', precision: 65, scale: 30 }), 'VARCHAR')
    for (const name of ['a', '1', 'select', 'with "quotes"']) assert.deepEqual(await session.query(`SELECT 1 AS ${dialect.quote(name)}`), [{ [name]: 1 }])
  })

  it('takes a create that was pasted from MySQL', async () => {
    const { definition } = await made(session, `
      CREATE TABLE \`product\` (
        \`id\` INT(11) UNSIGNED NOT NULL AUTO_INCREMENT,
        \`title\` VARCHAR(120) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci NOT NULL DEFAULT 'it''s' COMMENT 'what it''s called',
        \`code\` CHAR(3) COLLATE NOCASE,
        \`kind\` ENUM('note','exam') DEFAULT 'note',
        \`price\` DECIMAL(10,2) UNSIGNED DEFAULT '0.00',
        \`weight\` DOUBLE UNSIGNED CHECK (\`weight\` < 1000),
        \`made\` DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
        \`seen\` TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
        \`twice\` INT GENERATED ALWAYS AS (id * 2) VIRTUAL,
        PRIMARY KEY (\`id\`),
        UNIQUE KEY \`uq\` (\`title\`, \`code\`),
        KEY \`by_price\` (\`price\`), FULLTEXT KEY ft (title), KEY prefix (title(10)),
        CONSTRAINT fk FOREIGN KEY (code) REFERENCES codes (code),
        CHECK (\`price\` <> 13)
      ) ENGINE=InnoDB AUTO_INCREMENT=17 DEFAULT CHARSET=utf8mb4 COMMENT='the user''s own';`, "the user's own etl_run=1")
    const table = await session.describe('product')
    assert.equal(table?.comment, "the user's own etl_run=1")
    assert.deepEqual(table.columns.map((column) => [column.name, column.sqlType, column.nullable]), [
      ['id', 'UINTEGER', false], ['title', 'VARCHAR', false], ['code', 'VARCHAR', true], ['kind', "ENUM('note', 'exam')", true], ['price', 'DECIMAL(10,2)', true],
      ['weight', 'DOUBLE', true], ['made', 'TIMESTAMP', true], ['seen', 'TIMESTAMP', true], ['twice', 'INTEGER', true],
    ])
    await session.execute("INSERT INTO product (id, code) VALUES (1, 'abc')")
    const [row] = await session.query("SELECT title, kind, price, made = seen AS same, twice, code = 'ABC' AS alike FROM product")
    assert.deepEqual(row, { title: "it's", kind: 'note', price: '0.00', same: true, twice: 2, alike: true })
    const [comment] = await session.query("SELECT comment FROM duckdb_columns() WHERE table_name = 'product' AND column_name = 'title'")
    assert.deepEqual(comment, { comment: "what it's called" })
    for (const bad of ['(2, -1, NULL)', '(2, 13, NULL)', '(2, 1, 1000)', '(2, 1, -1)']) {
      assert.match((await failureOf(session.execute(`INSERT INTO product (id, price, weight) VALUES ${bad}`))).message, /CHECK constraint/, bad)
    }
    assert.deepEqual(dialect.createIndexes(definition, 'product__r1'), [])
    assert.deepEqual(dialect.swap([{ live: 'product', staging: 'product__r1', old: undefined, definition }]).slice(1), [
      'CREATE INDEX "product__r1__x1" ON "product" ("price")', 'CREATE INDEX "product__r1__x2" ON "product" ("title")',
    ])
  })

  it('makes the primary key with the table or over its rows, and both are the same', async () => {
    const { createTable, createKeyless, createKeys } = session.dialect
    const definition = readCreate('CREATE TABLE keyed (a INT, b VARCHAR(5), c INT NOT NULL, PRIMARY KEY (a, b), UNIQUE (c), CHECK (c > 0))')
    const rows = "INSERT INTO keyed__r1 SELECT n, 'b', n FROM range(1, 5000) AS r(n)"
    const keyed = async (...statements: readonly string[]): Promise<unknown> => {
      for (const sql of statements) await session.execute(sql)
      const [keys, table] = [await session.keys('keyed__r1'), await session.describe('keyed__r1')]
      const again = await failureOf(session.execute("INSERT INTO keyed__r1 VALUES (17, 'b', 9000)"))
      const nothing = await failureOf(session.execute("INSERT INTO keyed__r1 VALUES (NULL, 'b', 9000)"))
      await session.execute('DROP TABLE keyed__r1')
      return { keys, table, again: again.message, nothing: nothing.message }
    }
    const expected = await keyed(...createTable(definition, 'keyed__r1', 'made'), rows)
    assert.deepEqual(await keyed(...createKeyless(definition, 'keyed__r1', 'made'), rows, ...createKeys(definition, 'keyed__r1')), expected)
    await assert.rejects(keyed(...createKeyless(definition, 'keyed__r1', ''), rows, "INSERT INTO keyed__r1 VALUES (18, 'b', 9000)", ...createKeys(definition, 'keyed__r1')), {
      name: 'DatabaseError', refusesRows: true, message: /Duplicate key "a: 18, b: b" violates primary key constraint/,
    })
    for (const sql of ['CREATE TABLE bare (a INT)', 'CREATE TABLE own (a KEY, UNIQUE (a))']) {
      const without = readCreate(sql)
      assert.deepEqual([...createKeyless(without, 'x', ''), ...createKeys(without, 'x')], createTable(without, 'x', ''))
    }
  })

  it('says which column of which table has a type that DuckDB lacks', () => {
    for (const type of ['DECIMAL(65,30)', 'DECIMAL(9,10)', 'TIMESTAMP(9)']) {
      const definition = readCreate(`CREATE TABLE places (id INT, area ${type})`)
      assert.throws(() => dialect.createTable(definition, 'places__r1', ''), (error) => error instanceof ConfigurationError
        && error.message.includes('table places, column area') && error.message.includes(type), type)
    }
  })

  it('compares values of which any may be NULL, and texts character by character', async () => {
    const cases = [['NULL', 'NULL', true], ["'a'", 'NULL', false], ["'a'", "'A'", false], ["'a'", "'a '", false], ["'é'", "'e\u0301'", false], ["'x'", "'x'", true]]
    for (const [one, other, same] of cases) {
      assert.deepEqual(await session.query(`SELECT ${dialect.same(String(one), String(other), { kind: 'text' })} AS same`), [{ same }])
    }
  })

  it('makes a landing of a flow: numbered, everything nullable, with its comment', async () => {
    const columns = [{ name: 'id', type: integer(0n, 255n) }, { name: 'select', type: text(3) }, { name: 'never', type: { kind: 'null' } }] as const
    for (const sql of dialect.createLanding('landing', columns, 'etl_run=3')) await session.execute(sql)
    const table = await session.describe('landing')
    assert.equal(table?.comment, 'etl_run=3')
    assert.deepEqual(table.columns.map((column) => [column.name, column.sqlType, column.nullable]), [
      ['row_no', 'BIGINT', false], ['id', 'INTEGER', true], ['select', 'VARCHAR', true], ['never', 'VARCHAR', true],
    ])
    await session.execute(dialect.dropTable('landing'))
    await session.execute(dialect.dropTable('landing'))
    assert.equal(await session.describe('landing'), undefined)
  })
})
