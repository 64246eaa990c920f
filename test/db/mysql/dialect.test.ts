import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import type { Connection } from '../../../engine/db/connection.ts'
import type { ValueType } from '../../../engine/db/value-type.ts'
import { readCreate } from '../../../engine/sql/create.ts'
import { batchesOf, failureOf, integer, into, scene, text } from './helpers.ts'
import type { Scene } from './helpers.ts'

const int = (min: bigint, max: bigint): ValueType => ({ kind: 'integer', min, max })
const char = (length: number): ValueType => ({ kind: 'text', length, trims: true })
const column = (type: string) => ({ name: 'c', type, nullable: true, default: undefined, comment: undefined, generated: false, rest: '' })

describe('MySQL words', () => {
  let here: Scene
  let session: Connection
  before(async () => { here = await scene(); session = here.session })
  after(() => here.end())

  const run = async (statements: readonly string[]): Promise<void> => { for (const sql of statements) await session.execute(sql) }
  const shown = async (table: string): Promise<string> => Object.values((await session.query<Record<string, string>>(`SHOW CREATE TABLE \`${table}\``))[0] ?? {})[1] ?? ''
  const scalar = async (sql: string): Promise<unknown> => Object.values((await session.query(sql))[0] ?? {})[0]

  const compare = async (type: ValueType, declared: string, landed: unknown, live: unknown): Promise<unknown> => {
    await session.execute('DROP TABLE IF EXISTS landed, live')
    await run(session.dialect.createLanding('landed', [{ name: 'v', type }], ''))
    await session.execute(`CREATE TABLE live (v ${declared}) DEFAULT CHARSET=utf8mb4`)
    await session.execute({ sql: 'INSERT INTO landed VALUES (1, ?)', values: [landed] })
    await session.execute({ sql: 'INSERT INTO live VALUES (?)', values: [live] })
    return scalar(`SELECT ${session.dialect.same('l.v', 't.v', type)} FROM landed l, live t`)
  }

  describe('types', () => {
    const known: readonly [string, ValueType][] = [
      ['KEY', int(-2147483648n, 2147483647n)], ['INT', int(-2147483648n, 2147483647n)], ['INTEGER', int(-2147483648n, 2147483647n)],
      ['INT UNSIGNED', int(0n, 4294967295n)], ['int(10) unsigned', int(0n, 4294967295n)], ['INT(5) ZEROFILL', int(0n, 4294967295n)],
      ['TINYINT', int(-128n, 127n)], ['tinyint(1)', int(-128n, 127n)], ['SMALLINT', int(-32768n, 32767n)], ['mediumint(8) unsigned', int(0n, 16777215n)],
      ['BIGINT', int(-(2n ** 63n), 2n ** 63n - 1n)], ['SERIAL', int(0n, 2n ** 64n - 1n)], ['INT8', int(-(2n ** 63n), 2n ** 63n - 1n)], ['BIT(3)', int(0n, 7n)], ['BIT', int(0n, 1n)],
      ['YEAR', int(1901n, 2155n)], ['year(4)', int(1901n, 2155n)], ['BOOLEAN', { kind: 'boolean' }], ['BOOL', { kind: 'boolean' }],
      ['DECIMAL', { kind: 'decimal', precision: 10, scale: 0 }], ['NUMERIC(5)', { kind: 'decimal', precision: 5, scale: 0 }], ['decimal(12,2) unsigned', { kind: 'decimal', precision: 12, scale: 2 }],
      ['FLOAT', { kind: 'float', bits: 32 }], ['FLOAT(53)', { kind: 'float', bits: 64 }], ['DOUBLE PRECISION', { kind: 'float', bits: 64 }], ['REAL', { kind: 'float', bits: 64 }],
      ['VARCHAR(120)', text(120)], ['varchar(120) CHARACTER SET latin1', text(120)], ['CHAR', char(1)], ['CHAR(3)', char(3)], ['CHARACTER VARYING(7)', text(7)], ['NATIONAL VARCHAR(9)', text(9)], ['NATIONAL CHAR(9)', char(9)],
      ['TINYTEXT', { kind: 'text', bytes: 255 }], ['TEXT', { kind: 'text', bytes: 65535 }], ['TEXT(100000)', { kind: 'text', bytes: 16777215 }], ['MEDIUMTEXT', { kind: 'text', bytes: 16777215 }], ['LONGTEXT', text()],
      [`ENUM('a','it''s','c,d','e\\\\f')`, { kind: 'enum', values: ['a', "it's", 'c,d', 'e\\f'] }],
      ['BINARY(16)', { kind: 'binary', length: 16, fills: true }], ['VARBINARY(9)', { kind: 'binary', length: 9 }], ['BLOB', { kind: 'binary', length: 65535 }], ['TINYBLOB', { kind: 'binary', length: 255 }],
      ['DATE', { kind: 'date' }], ['DATETIME', { kind: 'timestamp', precision: 0 }], ['datetime(6)', { kind: 'timestamp', precision: 6 }],
      ['TIMESTAMP', { kind: 'timestamp', precision: 6 }], ['TIMESTAMP(3)', { kind: 'timestamp', precision: 3 }],
      ['TIME', { kind: 'time', precision: 0 }], ['TIME(2)', { kind: 'time', precision: 2 }], ['JSON', { kind: 'json', depth: 31 }], ['UUID', { kind: 'uuid' }],
    ]
    for (const [sqlType, type] of known) {
      it(`reads ${sqlType}`, () => assert.deepEqual(session.dialect.readType(sqlType), type))
    }

    it('names what it does not know', () => {
      for (const sqlType of ['GEOMETRY', 'POINT', "SET('a')", 'VECTOR(3)', 'constructor', '__proto__', '']) assert.equal(session.dialect.readType(sqlType).kind, 'other', sqlType)
    })

    it('takes a float that its server rounds for none, but reads one that exists', async () => {
      assert.deepEqual(session.dialect.readType('FLOAT(10,2)'), { kind: 'other', name: 'FLOAT(10,2), which rounds what it is given: declare it FLOAT' })
      assert.equal(session.dialect.readType('DOUBLE(10,2)').kind, 'other')
      await session.execute('CREATE TABLE rounded (a DOUBLE(10,2), b FLOAT(10,2))')
      assert.deepEqual((await session.describe('rounded'))?.columns.map(({ type }) => type), [{ kind: 'float', bits: 64 }, { kind: 'float', bits: 32 }])
    })

    it('reads of a real table what it wrote, where it wrote it', async () => {
      const types = known.map(([, type]) => type).filter(({ kind }) => !['boolean', 'enum', 'uuid', 'json'].includes(kind))
      await session.execute(`CREATE TABLE written (${types.map((type, i) => `c${i} ${session.dialect.writeType(type)}`).slice(0, 60).join(', ')})`)
      const described = await session.describe('written')
      for (const [i, type] of types.entries()) {
        const read = described?.columns[i]?.type
        if (type.kind === 'integer' && read?.kind === 'integer') assert.ok(read.min <= type.min && read.max >= type.max, described?.columns[i]?.sqlType)
        else assert.equal(read?.kind, type.kind)
        if (type.kind === 'decimal' || type.kind === 'timestamp' || type.kind === 'float' || type.kind === 'date') assert.deepEqual(read, type)
      }
    })

    it('says of a TIMESTAMP that exists how little it holds', async () => {
      await session.execute('CREATE TABLE stamped (t TIMESTAMP(3) NULL)')
      assert.deepEqual((await session.describe('stamped'))?.columns[0]?.type, { kind: 'timestamp', precision: 3, min: '1970-01-01 00:00:01', max: '2038-01-19 03:14:07.999999' })
    })
  })

  describe('creating', () => {
    it('turns the travelling words into its own, and lets all else pass', async () => {
      const definition = readCreate(`CREATE TABLE product_dim (
        product_key  KEY,
        title        VARCHAR(120) NOT NULL COMMENT 'it''s "the" title',
        active       BOOLEAN DEFAULT TRUE,
        notes        TEXT,
        sort         INT UNSIGNED ZEROFILL DEFAULT '7',
        valid_from   TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
        seen         TIMESTAMP(3) NULL,
        code         CHAR(3) CHARACTER SET latin1 COLLATE latin1_bin,
        price        DECIMAL(10,2) CHECK (price >= 0),
        gross        DECIMAL(12,2) AS (price * 2) STORED,
        KEY by_title (title(10) DESC, sort),
        UNIQUE KEY (sort, code),
        FULLTEXT INDEX words (title),
        CONSTRAINT fk FOREIGN KEY (sort) REFERENCES other (id),
        CHECK (sort < 1000)
      ) ENGINE=InnoDB ROW_FORMAT=DYNAMIC COMMENT='products'`)
      const { dialect } = session
      await run(dialect.createTable(definition, 'product_dim__r1', "products; it's \\ etl_run=7"))
      const before = await shown('product_dim__r1')
      for (const words of [
        '`product_key` int(11) NOT NULL', '`active` tinyint(1) DEFAULT 1', '`notes` text DEFAULT NULL', 'int(10) unsigned zerofill DEFAULT 0000000007',
        '`valid_from` datetime(6) NOT NULL DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6)', '`seen` datetime(3) DEFAULT NULL',
        'CHARACTER SET latin1 COLLATE latin1_bin', 'GENERATED ALWAYS AS (`price` * 2) STORED', 'PRIMARY KEY (`product_key`)', 'UNIQUE KEY', 'CHECK (`price` >= 0)', 'CHECK (`sort` < 1000)',
        'DEFAULT CHARSET=utf8mb4', 'ROW_FORMAT=DYNAMIC', `COMMENT 'it''s "the" title'`,
      ]) assert.ok(before.includes(words), `${words} is not in ${before}`)
      for (const words of ['by_title', 'FULLTEXT', 'FOREIGN KEY']) assert.ok(!before.includes(words), `${words} is in ${before}`)
      assert.equal((await session.describe('product_dim__r1'))?.comment, "products; it's \\ etl_run=7")

      const indexes = dialect.createIndexes(definition, 'product_dim__r1')
      assert.equal(indexes.length, 1)
      await run(indexes)
      const after = await shown('product_dim__r1')
      for (const words of ['KEY `by_title` (`title`(10)', 'FULLTEXT KEY `words` (`title`)']) assert.ok(after.includes(words), `${words} is not in ${after}`)
      await run([...dialect.createTable(definition, 'product_dim__r2', 'x'), ...dialect.createIndexes(definition, 'product_dim__r2')])
      await session.execute(dialect.dropTable('product_dim__r1'))
      await session.execute(dialect.dropTable('product_dim__r1'))
      assert.deepEqual(await session.tablesLike('product_dim'), ['product_dim__r2'])
    })

    it('leaves a character set that the create states, and makes nothing where there is no index', async () => {
      const definition = readCreate('CREATE TABLE a (x VARCHAR(9)) ENGINE=InnoDB DEFAULT CHARACTER SET latin1')
      await run(session.dialect.createTable(definition, 'a', ''))
      assert.match(await shown('a'), /CHARSET=latin1/)
      assert.deepEqual(session.dialect.createIndexes(definition, 'a'), [])
    })

    it('keeps the column types of a create to itself', () => {
      for (const [type, own] of [['KEY', 'INT'], ['TIMESTAMP', 'DATETIME(6)'], ['TIMESTAMP(0)', 'DATETIME(0)'], ['BOOLEAN', 'TINYINT(1)'], ['TEXT', 'TEXT'], ['SET(\'a\')', 'SET(\'a\')']]) {
        assert.equal(session.dialect.columnType(column(type ?? '')), own)
      }
    })

    it('quotes names whatever is in them', async () => {
      const { dialect } = session
      const name = 'odd `; DROP TABLE x'
      await run(dialect.createLanding(name, [{ name: 'a `b`', type: integer }], ''))
      assert.deepEqual(await session.tablesLike('odd'), [name])
      await session.execute(dialect.dropTable(name))
    })
  })

  describe('the clock', () => {
    it('is in UTC with microseconds, now and some seconds after', async () => {
      const { now, after, timestamp } = { now: session.dialect.now, after: (s: number) => session.dialect.after(s), timestamp: (t: string) => session.dialect.timestamp(t) }
      assert.equal(await scalar(`SELECT ABS(TIMESTAMPDIFF(SECOND, ${now}, '${new Date().toISOString().slice(0, 19).replace('T', ' ')}')) < 60`), 1)
      assert.equal(await scalar(`SELECT TIMESTAMPDIFF(MICROSECOND, ${now}, ${after(90.5)})`), 90_500_000)
      assert.equal(await scalar(`SELECT ${timestamp('1000-01-01 00:00:00')}`), '1000-01-01 00:00:00')
      assert.equal(await scalar(`SELECT ${timestamp('2024-02-29 23:59:59.000001')}`), '2024-02-29 23:59:59.000001')
      assert.throws(() => timestamp("2024-01-01' OR '1"), /no instant/)
      assert.throws(() => after(NaN), /no number of seconds/)
    })
  })

  describe('comparing', () => {
    const enumType: ValueType = { kind: 'enum', values: ['a', 'A'] }
    // type                               declared                                    landed       live        the same?
    const table: readonly [ValueType, string, unknown, unknown, number][] = [
      [text(20), 'VARCHAR(20)', 'a', 'a', 1], [text(20), 'VARCHAR(20)', 'a', 'A', 0], [text(20), 'VARCHAR(20)', 'a', 'a ', 0], [text(20), 'VARCHAR(20)', 'e', 'é', 0],
      [text(20), 'VARCHAR(20)', 'é', 'e\u0301', 0], [text(20), 'VARCHAR(20)', 'ß', 'ss', 0], [text(20), 'VARCHAR(20)', '', null, 0], [text(20), 'VARCHAR(20)', null, null, 1],
      [text(20), 'VARCHAR(20)', '😀', '😁', 0], [text(20), 'VARCHAR(20)', '😀', '😀', 1], [text(20), 'VARCHAR(20) CHARACTER SET latin1', 'café', 'café', 1], [text(20), 'VARCHAR(20) CHARACTER SET latin1', 'cafe', 'café', 0],
      [text(20), 'TEXT', 'x', 'x', 1], [text(20), 'VARCHAR(20) COLLATE utf8mb4_bin', 'a', 'a ', 0], [text(20), 'VARCHAR(20)', '\0', '', 0],
      [enumType, "ENUM('a','b')", 'a', 'a', 1], [enumType, "ENUM('a','b')", 'b', 'a', 0], [enumType, "ENUM('a','b')", null, null, 1],
      [integer, 'INT', 5, 5, 1], [integer, 'INT', 5, 6, 0], [integer, 'INT', 0, null, 0],
      [{ kind: 'decimal', precision: 10, scale: 2 }, 'DECIMAL(10,2)', '1.10', '1.10', 1], [{ kind: 'decimal', precision: 10, scale: 2 }, 'DECIMAL(12,4)', '1.10', '1.1001', 0],
      [{ kind: 'float', bits: 64 }, 'DOUBLE', 0.1, 0.1, 1], [{ kind: 'float', bits: 32 }, 'FLOAT', 0.1, 0.1, 1], [{ kind: 'boolean' }, 'TINYINT(1)', true, true, 1],
      [{ kind: 'date' }, 'DATE', '2024-02-29', '2024-02-29', 1], [{ kind: 'timestamp', precision: 6 }, 'DATETIME(6)', '2024-02-29 00:00:00.000001', '2024-02-29 00:00:00', 0],
      [{ kind: 'json' }, 'JSON', '{"a":1}', '{"a":1}', 1], [{ kind: 'json' }, 'JSON', '{"a":1}', '{"A":1}', 0], [{ kind: 'uuid' }, 'UUID', '123e4567-e89b-12d3-a456-426655440000', '123e4567-e89b-12d3-a456-426655440000', 1],
      [{ kind: 'binary', length: 4 }, 'VARBINARY(4)', new Uint8Array([1]), new Uint8Array([1]), 1], [{ kind: 'binary', length: 4 }, 'VARBINARY(4)', new Uint8Array([1]), new Uint8Array([1, 0]), 0],
    ]
    for (const [type, declared, landed, live, same] of table) {
      it(`finds ${JSON.stringify(landed)} and ${JSON.stringify(live)} ${same === 1 ? 'the same' : 'different'} as ${type.kind} in ${declared}`, async () => {
        assert.equal(await compare(type, declared, landed, live), same)
      })
    }

    it('takes two texts for the same only if every character is', async () => {
      await session.execute('DROP TABLE IF EXISTS landed, live')
      await run(session.dialect.createLanding('landed', [{ name: 'v', type: text(40) }], ''))
      await session.execute('CREATE TABLE live (v VARCHAR(40)) DEFAULT CHARSET=utf8mb4')
      const near = fc.string({ unit: fc.constantFrom('a', 'A', 'á', 'a\u0301', ' ', 'ß', 's', '\0', 'İ', 'i', '😀'), maxLength: 4 })
      await fc.assert(fc.asyncProperty(near, near, async (a, b) => {
        await session.execute('DELETE FROM landed')
        await session.execute('DELETE FROM live')
        await session.load(into('landed', 'row_no', 'v'), batchesOf([[1, a]]))
        await session.load(into('live', 'v'), batchesOf([[b]]))
        assert.equal(await scalar(`SELECT ${session.dialect.same('l.v', 't.v', text(40))} FROM landed l, live t`), a === b ? 1 : 0)
      }), { numRuns: 150 })
    })

    it('is served by the landing’s index', async () => {
      await session.execute('DROP TABLE IF EXISTS landed, live')
      const columns = [{ name: 'code', type: text(200) }, { name: 'long', type: text() }, { name: 'n', type: integer }]
      await run(session.dialect.createLanding('landed', columns, ''))
      await run(session.dialect.indexLanding('landed', columns, ['code', 'long', 'n']))
      await session.execute('CREATE TABLE live (code VARCHAR(200), `long` LONGTEXT, n INT) DEFAULT CHARSET=utf8mb4 COLLATE utf8mb4_general_ci')
      await session.execute("INSERT INTO landed SELECT seq, CONCAT('c', seq), CONCAT('l', seq), seq FROM seq_1_to_5000")
      await session.execute("INSERT INTO live SELECT CONCAT('c', seq), CONCAT('l', seq), seq FROM seq_1_to_5000")
      await session.query('ANALYZE TABLE landed, live')
      const same = columns.map(({ name, type }) => session.dialect.same(`l.\`${name}\``, `t.\`${name}\``, type)).join(' AND ')
      const plan = await session.query<{ table: string, type: string, key: string | null }>(`EXPLAIN SELECT COUNT(*) FROM live t STRAIGHT_JOIN landed l ON ${same}`)
      assert.deepEqual(plan.map((step) => [step.table, step.type, step.key !== null]), [['t', 'ALL', false], ['l', 'ref', true]])
      assert.equal(await scalar(`SELECT COUNT(*) FROM live t STRAIGHT_JOIN landed l ON ${same}`), 5_000)
    })
  })

  describe('landings', () => {
    it('hold any flow, however many long texts it has', async () => {
      const types: ValueType[] = [
        ...Array.from({ length: 60 }, () => text(255)), ...Array.from({ length: 5 }, () => text(5_000)), text(), { kind: 'text', bytes: 65_535 }, { kind: 'text', untyped: true },
        integer, { kind: 'integer', min: -(10n ** 30n), max: 10n ** 30n }, { kind: 'decimal', precision: 65, scale: 30 }, { kind: 'decimal', precision: 80, scale: 40 },
        { kind: 'float', bits: 64 }, { kind: 'boolean' }, { kind: 'enum', values: ['a', 'bcd'] }, { kind: 'binary', length: 16 }, { kind: 'binary' }, { kind: 'date' },
        { kind: 'timestamp', precision: 6 }, { kind: 'time', precision: 3 }, { kind: 'json' }, { kind: 'uuid' }, { kind: 'null' },
      ]
      const columns = types.map((type, i) => ({ name: `c${i}`, type }))
      await run(session.dialect.createLanding('wide', columns, 'etl_run=1'))
      await run(session.dialect.indexLanding('wide', columns, ['c0', 'c65', 'c66', 'c73', 'c74']))
      const row = [1, ...types.map(() => null)]
      assert.equal(await session.load(into('wide', 'row_no', ...columns.map(({ name }) => name)), batchesOf([row])), 1)
      assert.equal((await session.describe('wide'))?.comment, 'etl_run=1')
    })

    it('get their index after their load, which it would slow', () => {
      const columns = [{ name: 'code', type: text(20) }]
      assert.doesNotMatch(session.dialect.createLanding('late', columns, '').join(), /INDEX/)
      assert.deepEqual(session.dialect.indexLanding('late', columns, ['code']), ['ALTER TABLE `late` ADD INDEX (`code`)'])
    })

    it('refuse two rows of one number', async () => {
      await run(session.dialect.createLanding('numbered', [{ name: 'v', type: integer }], ''))
      assert.match((await failureOf(session.load(into('numbered', 'row_no', 'v'), batchesOf([[1, 1], [1, 2]])))).message, /Duplicate/)
    })
  })
})
