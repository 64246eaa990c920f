import assert from 'node:assert/strict'
import { appendFile, copyFile, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import type { Connection, Database } from '../../engine/db/connection.ts'
import { openCsv, openFiles } from '../../engine/db/files.ts'
import { ConfigurationError, DataError, DatabaseError } from '../../engine/errors.ts'
import { failureOf, freshFolder, rowsOf, streamed } from './duckdb/helpers.ts'
import { openDuckdb } from '../../engine/db/duckdb.ts'
import { needsSharedData } from '../helpers/shared-data.ts'

type Content = string | Buffer

describe('files as a database', () => {
  let home: Awaited<ReturnType<typeof freshFolder>>
  let folders = 0
  const opened: Database[] = []
  before(async () => { home = await freshFolder() })
  after(() => home.end())
  afterEach(async () => {
    for (const database of opened.splice(0)) await database.close()
  })

  async function folderOf(files: Readonly<Record<string, Content>>): Promise<string> {
    const folder = join(home.folder, `f${folders += 1}`)
    await mkdir(folder)
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
    return folder
  }

  /** A session with a folder of these files. */
  async function sessionOf(files: Readonly<Record<string, Content>>, query = ''): Promise<Connection> {
    const database = await openFiles(`files:${await folderOf(files)}${query}`)
    opened.push(database)
    const session = await database.connect()
    // Sessions are closed by who opened them; here that is the database's end.
    opened.unshift({ ...database, close: () => session.close() })
    return session
  }

  describe('a CSV file', () => {
    const csv = async (content: Content, query = ''): Promise<unknown[]> => [...await streamed(await sessionOf({ 't.csv': content }, query), 'SELECT * FROM t')]
    const good: readonly (readonly [what: string, content: Content, rows: unknown[]])[] = [
      ['quotes, commas and line ends within quotes', 'a,b\n"x, ""y""","l1\nl2"\n"","\r\n"\n', [['x, "y"', 'l1\nl2'], ['', '\r\n']]],
      ['an empty field as NULL and "" as the empty text', 'a,b\n,""\n"",\n', [[null, ''], ['', null]]],
      ['NULL, \\N, null and NaN as the words that they are', 'a,b,c,d\nNULL,\\N,null,NaN\n', [['NULL', '\\N', 'null', 'NaN']]],
      ['digits, dates and booleans as they are written', 'a,b,c\n1.10,01/02/2024,TRUE\n007,1e3,\n', [['1.10', '01/02/2024', 'TRUE'], ['007', '1e3', null]]],
      ['blanks around values', 'a,b\n x , y \n', [[' x ', ' y ']]],
      ['CR LF', 'a,b\r\n1,"x\r\ny"\r\n2,z\r\n', [['1', 'x\r\ny'], ['2', 'z']]],
      ['CR alone', 'a,b\r1,x\r2,"y\rz"\r', [['1', 'x'], ['2', 'y\rz']]],
      ['no line end at its end', 'a,b\n1,x\n2,', [['1', 'x'], ['2', null]]],
      ['a byte order mark, which is dropped, and one in a value, which is not', '\uFEFFa,b\n1,\uFEFFx\n', [['1', '\uFEFFx']]],
      ['a header alone', 'a,b\n', []],
      ['a header alone, without a line end', 'a,b', []],
      ['what looks like comments', 'a,b\n#1,x\n--,y\n', [['#1', 'x'], ['--', 'y']]],
      ['backslashes and single quotes', "a,b\n\"x\\\",'y\n", [['x\\', "'y"]]],
      ['NUL, tabs, emoji, combining marks', 'a,b\na\0b,x\ty\n𝄞,e\u0301\n', [['a\0b', 'x\ty'], ['𝄞', 'e\u0301']]],
      ['one column, with empty texts', 'a\n""\nx\n', [[''], ['x']]],
      ['names in quotes', '"a ""1""","b,\n2"\n1,2\n', [['1', '2']]],
      ['a row of nothing but NULLs', 'a,b,c\n,,\n', [[null, null, null]]],
      ['a row beyond two million bytes', `a,b\n1,${'x'.repeat(3_000_000)}\n2,y\n`, [['1', 'x'.repeat(3_000_000)], ['2', 'y']]],
    ]
    for (const [what, content, rows] of good) it(`is read with ${what}`, async () => assert.deepEqual(await csv(content), rows))

    const bad: readonly (readonly [what: string, content: Content, line: number, words: RegExp])[] = [
      ['a row with a field too few', 'a,b,c\n1,x,y\n2,x\n', 3, /row has 2 fields, and the header names 3/],
      ['a row with a field too many', 'a,b\n1,x\n2,x,y\n', 3, /row has 3 fields, and the header names 2/],
      ['a row with an empty field too many', 'a,b\n1,x\n2,x,\n', 3, /row has 3 fields/],
      ['a ragged row after one over two lines', 'a,b\n1,"x\ny"\n2\n', 4, /row has 1 fields/],
      ['an empty line', 'a,b\n1,x\n\n2,x\n', 3, /line is empty/],
      ['an empty line at the end', 'a,b\n1,x\n\n', 3, /line is empty/],
      ['an empty line in a file of one column', 'a\nx\n\ny\n', 3, /line is empty.*""/s],
      ['a quote that is not closed', 'a,b\n1,x\n2,"x\n3,y\n', 3, /quote is not closed/],
      ['a quote within a plain field', 'a,b\n1,x"y\n', 2, /quote stands within a field/],
      ['a blank before a quote', 'a,b\n1, "x"\n', 2, /quote stands within a field/],
      ['a blank after a quote', 'a,b\n1,"x" \n', 2, /between a closing quote and the next comma/],
      ['text after a quote', 'a,b\n1,"x"y\n', 2, /between a closing quote and the next comma/],
      ['line ends of two kinds', 'a,b\r\n1,x\r\n2,x\n', 4, /ends in LF, and the first one in CR LF/],
      ['latin1', Buffer.from('a,b\n1,x\n2,é\n', 'latin1'), 3, /not UTF-8/],
      ['half a character at its end', Buffer.concat([Buffer.from('a,b\n1,'), Buffer.from([0xe2, 0x82])]), 2, /not UTF-8/],
      ['UTF-16', Buffer.from('\uFEFFa,b\n1,x\n', 'utf16le'), 1, /not UTF-8/],
      ['UTF-16 without a mark', Buffer.from('a,b\n1,x\n', 'utf16le'), 1, /column 1 has U\+0000 in its name.*UTF-8/],
      ['nothing at all', '', 1, /file is empty/],
      ['nothing but a mark', '\uFEFF', 1, /file is empty/],
      ['an empty first line', '\na,b\n', 1, /first line is empty/],
      ['a column without a name', 'a,,c\n1,2,3\n', 1, /column 2 has no name/],
      ['two columns of one name', 'a,b,A\n1,2,3\n', 1, /two columns are named A/],
    ]
    for (const [what, content, line, words] of bad) {
      it(`is refused with ${what}, by its line`, async () => {
        const error = await failureOf(csv(content))
        assert.ok(error instanceof DataError, `${error.name} ${error.message}`)
        assert.match(error.message, words)
        assert.ok(error.message.includes(`t.csv, line ${line}`), error.message)
      })
    }

    it('is read alike however its bytes are cut, zipped or not', async () => {
      const field = fc.oneof(fc.constant(null), fc.string({ unit: 'grapheme', maxLength: 12 }), fc.constantFrom('', '"', ',', '\n', '\r', '\r\n', '"",', 'NULL', ' x '))
      const table = fc.integer({ min: 2, max: 4 }).chain((width) => fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 20 }))
      await fc.assert(fc.asyncProperty(table, fc.constantFrom('\n', '\r\n'), fc.boolean(), async (rows, lineEnd, zipped) => {
        const written = [rows[0]?.map((_, at) => `c${at}`) ?? [], ...rows.map((row) => row.map(quoted))].map((row) => row.join(',')).join(lineEnd) + lineEnd
        const session = await sessionOf({ [zipped ? 't.csv.gz' : 't.csv']: zipped ? gzipSync(written) : written })
        assert.deepEqual(await streamed(session, 'SELECT * FROM t'), rows)
        for (const database of opened.splice(0)) await database.close()
      }), { numRuns: 60 })
    }).timeout(60_000)

    it('is given up where its database is closed while it is looked through', async () => {
      const database = await openFiles(`files:${await folderOf({ 't.csv': `a\n${'1\n'.repeat(200_000)}` })}`)
      const session = await database.connect()
      const failed = failureOf(session.query('SELECT count(*) FROM t'))
      await Promise.all([session.close(), database.close()])
      assert.match((await failed).message, /given up|closed/)
    })

    it('of many megabytes with line ends in its quotes is read row by row', async () => {
      const rows = Array.from({ length: 150_000 }, (_, at) => `${at},"line one of ${at}\n7,""not a row"",x\n,,",z${at % 7}`)
      const session = await sessionOf({ 't.csv': `id,t,z\n${rows.join('\n')}\n` })
      const [all] = await session.query("SELECT count(*) AS n, sum(id::INT) AS ids, count(*) FILTER (z <> 'z' || (id::INT % 7)) AS wrong, count(*) FILTER (t NOT LIKE '%one of ' || id || '%') AS torn FROM t")
      assert.deepEqual(all, { n: 150_000, ids: 11_249_925_000, wrong: 0, torn: 0 })
    }).timeout(60_000)

    it('may name one more NULL in the URL', async () => {
      assert.deepEqual(await csv('a,b,c\n\\N,"\\N",\n', '?null=\\N'), [[null, '\\N', null]])
    })

    it('is text that is parsed by whoever takes it', async () => {
      const session = await sessionOf({ 't.csv': 'a,b\n1,2\n' })
      const flow = await session.stream({ sql: 'SELECT a, upper(b) AS b, 1 AS n FROM t' })
      assert.deepEqual(flow.columns.map((column) => column.type), [
        { kind: 'text', untyped: true }, { kind: 'text', untyped: true }, { kind: 'integer', min: -2_147_483_648n, max: 2_147_483_647n },
      ])
      await rowsOf(flow)
    })

    it('is told to lack a column that a query names', async () => {
      const session = await sessionOf({ 't.csv': 'id,note\n1,2\n' })
      for (const sql of ['SELECT s.id AS id, s.notes AS x FROM t AS s', 'SELECT upper(notes) AS x FROM t']) {
        for (const asked of [session.query(sql), session.stream({ sql })]) {
          assert.match((await failureOf(asked)).message, /t\.csv: the file has no column notes.*its header names id, note.*did you mean note\?/is)
        }
      }
      assert.match((await failureOf(session.query('SELECT nope.id FROM t AS s'))).message, /Binder Error/)
    })

    it('is read again when it has changed', async () => {
      const folder = await folderOf({ 't.csv': 'a\n1\n' })
      const database = await openFiles(`files:${folder}`)
      const session = await database.connect()
      assert.deepEqual(await session.query('SELECT * FROM t'), [{ a: '1' }])
      await writeFile(join(folder, 't.csv'), 'a,b\n2,x\n3,y\n')
      assert.deepEqual(await session.query('SELECT * FROM t'), [{ a: '2', b: 'x' }, { a: '3', b: 'y' }])
      await writeFile(join(folder, 't.csv'), 'a,b\n2\n')
      assert.match((await failureOf(session.query('SELECT * FROM t'))).message, /t\.csv, line 2/)
      await rm(join(folder, 't.csv'))
      assert.match((await failureOf(session.query('SELECT * FROM t'))).message, /file is gone/)
      await session.close()
      await database.close()
    })

    it('is read again when another one of its size and age is in its place', async () => {
      const folder = await folderOf({ 't.csv': 'a,b\n1,2\n', 'other.csv': 'a,b\n"3"\n' })
      const [file, other, day] = [join(folder, 't.csv'), join(folder, 'other.csv'), new Date('2024-02-29')]
      for (const path of [file, other]) await utimes(path, day, day)
      const database = await openFiles(`files:${folder}`)
      const session = await database.connect()
      assert.deepEqual(await session.query('SELECT * FROM t'), [{ a: '1', b: '2' }])
      await rename(other, file)
      assert.match((await failureOf(session.query('SELECT * FROM t'))).message, /t\.csv, line 2: the row has 1 field/)
      await writeFile(file, 'a,b\n5,6\n')
      await utimes(file, day, day)
      assert.deepEqual(await session.query('SELECT * FROM t'), [{ a: '5', b: '6' }])
      await session.close()
      await database.close()
    })

    it('is refused where it changes while its rows are read, for nobody has looked through what came', async () => {
      const folder = await folderOf({ 't.csv': `a,b\n${'1,2\n'.repeat(5_000)}` })
      const database = await openFiles(`files:${folder}`)
      const session = await database.connect()
      const { rows } = await session.stream({ sql: 'SELECT * FROM t' })
      const failure = await failureOf((async () => {
        for await (const batch of rows.of) if (batch.length > 0) await appendFile(join(folder, 't.csv'), '"3",4\n')
      })())
      assert.match(failure.message, /t\.csv: the file has changed while it was read/)
      assert.equal((await streamed(session, 'SELECT * FROM t WHERE a = \'1\'')).length, 5_000, 'the session is free, and the file is looked through once more')
      await session.close()
      await database.close()
    })

    it('alone is a database with the one table file', async () => {
      const folder = await folderOf({ 'some list.csv': 'id,name\n1,x\n2,\n' })
      const database = await openCsv(join(folder, 'some list.csv'))
      const session = await database.connect()
      assert.deepEqual(await streamed(session, 'SELECT "id", "name" FROM file'), [['1', 'x'], ['2', null]])
      await session.close()
      await database.close()
      const missing = await failureOf(openCsv(join(folder, 'none.csv')))
      assert.ok(missing instanceof ConfigurationError && missing.message.includes('none.csv'), missing.message)
    })
  })

  describe('a folder', () => {
    it('has a table for each CSV, TSV, JSON and Parquet file, zipped or not', async () => {
      const maker = await openDuckdb('duckdb::memory:')
      const making = await maker.connect()
      const parquet = join(home.folder, 'made.parquet')
      await making.execute(`COPY (SELECT 7 AS a, DATE '2020-01-02' AS b, 1.50::DECIMAL(4,2) AS c) TO '${parquet}' (FORMAT parquet)`)
      await making.close()
      await maker.close()
      const folder = await folderOf({
        'one.csv': 'a\n1\n', 'two.csv.gz': gzipSync('a\n2\n'), 'three.tsv': 'a\tb\n3\t"x\ty"\n', 'four.json': '[{"a": 4}]', 'five.jsonl': '{"a": 5}\n', 'six.ndjson.gz': gzipSync('{"a": 6}'),
        'README.md': '# not a table', '.hidden.csv': '', 'Order Lines.csv': 'a\n8\n',
      })
      await copyFile(parquet, join(folder, 'seven.parquet'))
      const database = await openFiles(`files:${folder}`)
      const session = await database.connect()
      const all = ['one', 'two', 'four', 'five', 'six', '"Order Lines"'].map((name) => `SELECT a FROM ${name}`).join(' UNION ALL ')
      assert.deepEqual(await streamed(session, all), [['1'], ['2'], ['4'], ['5'], ['6'], ['8']])
      assert.deepEqual(await streamed(session, 'SELECT * FROM three'), [['3', 'x\ty']])
      assert.deepEqual(await streamed(session, 'SELECT * FROM seven'), [[7, '2020-01-02', '1.50']])
      assert.deepEqual(await streamed(session, 'WITH x AS (SELECT a FROM ONE WHERE a = $1) SELECT * FROM x JOIN two ON two.a > x.a WHERE $2 = 5', ['1', 5]), [['1', '2']])
      assert.match((await failureOf(session.query('SELECT * FROM nine'))).message, /nine/)
      await session.close()
      await database.close()
    })

    it('says what is wrong with itself, before anything is read', async () => {
      const cases: readonly (readonly [words: RegExp, url: () => Promise<string>])[] = [
        [/folder can't be read/, async () => `files:${home.folder}/nowhere`],
        [/no file that is a table/, async () => `files:${await folderOf({ 'notes.txt': 'x' })}`],
        [/a\.csv and a\.json would both be the table a/, async () => `files:${await folderOf({ 'a.csv': 'x\n', 'a.json': '[]' })}`],
        [/would both be the table/, async () => `files:${await folderOf({ 'B.csv': 'x\n', 'b.tsv': 'x\n' })}`],
        [/names no folder/, async () => 'files:'],
        [/no option nulls/, async () => `files:${await folderOf({ 'a.csv': 'x\n' })}?nulls=x`],
        [/schema\.sql.*not a CREATE TABLE/s, async () => `files:${await folderOf({ 'a.csv': 'x\n', 'schema.sql': 'DROP TABLE a;' })}`],
        [/declared twice/, async () => `files:${await folderOf({ 'a.csv': 'x\n', 'schema.sql': 'CREATE TABLE a (x INT); CREATE TABLE A (x INT);' })}`],
      ]
      for (const [words, url] of cases) {
        const error = await failureOf(openFiles(await url()))
        assert.ok(error instanceof ConfigurationError, error.message)
        assert.match(error.message, words)
      }
    })

    it('is never written to, and nothing outside of it can be read', async () => {
      const session = await sessionOf({ 'a.csv': 'x\n1\n' })
      for (const sql of ['CREATE TABLE t (n INT)', "COPY (SELECT 1) TO '/tmp/starline-out.csv'", 'DROP VIEW a', "ATTACH ':memory:' AS m", 'INSTALL httpfs', "SET memory_limit = '1GB'"]) {
        assert.match((await failureOf(session.execute(sql))).message, /open for reading only|Permission Error/, sql)
      }
      for (const sql of ["SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM '/etc/passwd'", "SELECT * FROM read_text('https://example.com/')", "SELECT * FROM glob('/etc/*')"]) {
        const error = await failureOf(session.query(sql))
        assert.ok(error instanceof DatabaseError && /disabled by configuration|does not exist|Permission/.test(error.message), `${sql}: ${error.message}`)
      }
    })

    it('follows a link to a file', async () => {
      const elsewhere = await folderOf({ 'real.csv': 'x\n1\n' })
      const folder = await folderOf({})
      await symlink(join(elsewhere, 'real.csv'), join(folder, 'linked.csv'))
      const database = await openFiles(`files:${folder}`)
      const session = await database.connect()
      assert.deepEqual(await session.query('SELECT * FROM linked'), [{ x: '1' }])
      await session.close()
      await database.close()
    })

    it('refuses a Parquet file that is none, and a zip that is cut off', async () => {
      const session = await sessionOf({ 'p.parquet': 'x', 'z.csv.gz': gzipSync('a\n'.repeat(5000)).subarray(0, 30) })
      for (const name of ['p', 'z']) {
        const error = await failureOf(session.query(`SELECT * FROM ${name}`))
        assert.ok(error instanceof DataError && error.message.includes(`${name}.`), error.message)
      }
    })
  })

  describe('JSON', () => {
    it('keeps digits, texts and NULLs as they are written', async () => {
      const session = await sessionOf({
        'j.json': `\uFEFF [ {"n": 1.10, "big": 123456789012345678901234567890, "e": 1e3, "t": "x\\u0000\\"\\ud834\\udd1e", "b": true, "z": null, "o": {"a": [1.0, "}]"]}},
          {"n": -0, "t": "", "later": "y"} ]`,
      })
      assert.deepEqual(await session.query('SELECT * FROM j'), [
        { n: '1.10', big: '123456789012345678901234567890', e: '1e3', t: 'x\0"𝄞', b: 'true', z: null, o: '{"a": [1.0, "}]"]}', later: null },
        { n: '-0', big: null, e: null, t: '', b: null, z: null, o: null, later: 'y' },
      ])
    })

    it('is refused by its line where it is none, or no table', async () => {
      const cases: readonly (readonly [name: string, content: string, words: RegExp])[] = [
        ['a.json', '[{"a": 1},\n{"a": }]', /a\.json, line 2.*no JSON.*no value/s],
        ['a.json', '', /file is empty/],
        ['a.json', '[1, 2]', /line 1.*record is an object/s],
        ['a.json', '[{"a": 1}, {"a": 2, "a": 3}]', /two fields "a"/],
        ['a.json', '[{"a": 1}, {"A": 2}]', /differ in upper and lower case/],
        ['a.json', '[{"a": "\\ud800"}]', /surrogate/],
        ['a.json', '[]', /no record.*schema\.sql/s],
        ['a.jsonl', '{"a": 1}\n{"a": 1}{"b": 2}\n', /a\.jsonl, line 2/],
        ['a.jsonl', '{"a": 1}\n[]\n', /a\.jsonl, line 2.*one object/s],
      ]
      for (const [name, content, words] of cases) {
        const error = await failureOf((await sessionOf({ [name]: content })).query('SELECT * FROM a'))
        assert.ok(error instanceof DataError, `${content}: ${error.message}`)
        assert.match(error.message, words)
      }
    })

    it('without records has the columns that schema.sql declares', async () => {
      const session = await sessionOf({ 'a.json': '[]', 'schema.sql': 'CREATE TABLE a (x INT, y VARCHAR(3))' })
      const flow = await session.stream({ sql: 'SELECT * FROM a' })
      assert.deepEqual(flow.columns.map((column) => [column.name, column.type.kind]), [['x', 'integer'], ['y', 'text']])
      assert.deepEqual(await rowsOf(flow), [])
    })
  })

  describe('schema.sql', () => {
    const fits: readonly (readonly [type: string, written: string, read: unknown])[] = [
      ['INT', '-12', -12], ['INT', '007', 7], ['INT', '', null], ['BIGINT', '9007199254740993', 9_007_199_254_740_993n], ['TINYINT UNSIGNED', '255', 255],
      ['DECIMAL(10,2)', '1.10', '1.10'], ['DECIMAL(10,2)', '1.1000', '1.10'], ['DECIMAL(10,2)', '-.5', '-0.50'], ['DECIMAL(10,2)', '3', '3.00'],
      ['DOUBLE', '1.5e3', 1500], ['BOOLEAN', 'True', true], ['BOOLEAN', '0', false], ['DATE', '2024-02-29', '2024-02-29'],
      ['DATETIME', '2020-01-01 10:00:00.5', '2020-01-01 10:00:00.500000'], ['DATETIME', '2020-01-01T10:00:00+02:30', '2020-01-01 07:30:00'], ['DATETIME', '2020-01-01T10:00:00Z', '2020-01-01 10:00:00'],
      ['DATETIME', '2020-01-01', '2020-01-01 00:00:00'], ['TIME', '23:59:59', '23:59:59'], ['VARCHAR(3)', 'äöü', 'äöü'], ['VARCHAR(3)', '""', ''], ['UUID', '123E4567-e89b-12d3-a456-426614174000', '123e4567-e89b-12d3-a456-426614174000'],
      ["ENUM('a','b')", 'b', 'b'], ['JSON', '"{""a"": 1.10}"', '{"a": 1.10}'], ['MEDIUMINT', '8388607', 8_388_607],
    ]
    for (const [type, written, read] of fits) {
      it(`reads ${written || 'an empty field'} as ${type}`, async () => {
        const session = await sessionOf({ 't.csv': `id,v\n1,${written}\n`, 'schema.sql': `-- the types\nCREATE TABLE t (id INT, v ${type}); -- a comment; with a semicolon` })
        assert.deepEqual(await streamed(session, 'SELECT v FROM t'), [[read]])
      })
    }

    const misfits: readonly (readonly [type: string, written: string])[] = [
      ['INT', '1.5'], ['INT', '1e3'], ['INT', ' 12'], ['INT', '2147483648'], ['INT', '+1'], ['INT', '""'], ['INT', '0x1F'], ['TINYINT UNSIGNED', '-1'], ['MEDIUMINT', '8388608'],
      ['DECIMAL(10,2)', '1.105'], ['DECIMAL(4,2)', '100'], ['DECIMAL(10,2)', '1e2'], ['DECIMAL(10,2)', '1.'], ['DECIMAL(10,2)', '"1,5"'],
      ['DOUBLE', 'NaN'], ['DOUBLE', 'inf'], ['DOUBLE', '1e999'], ['BOOLEAN', 'yes'], ['BOOLEAN', '2'], ['DATE', '2023-02-29'], ['DATE', '01/02/2024'], ['DATE', '2024-1-2'], ['DATE', 'infinity'],
      ['DATE', '2024-01-02 00:00:00'], ['DATETIME', '2020-01-01 25:00:00'], ['DATETIME', '2020-01-01 10:00:00.1234567'], ['DATETIME(0)', '2020-01-01 10:00:00.5'], ['DATETIME', 'now'],
      ['TIME', '24:00:01'], ['VARCHAR(3)', 'abcd'], ['UUID', 'x'], ["ENUM('a','b')", 'c'], ['JSON', '{'], ['YEAR', '9999'],
    ]
    for (const [type, written] of misfits) {
      it(`refuses ${written} as ${type}, naming file, column and text`, async () => {
        const session = await sessionOf({ 't.csv': `id,v\n1,\n2,${written}\n`, 'schema.sql': `CREATE TABLE t (id INT, v ${type})` })
        const error = await failureOf(streamed(session, 'SELECT v FROM t'))
        assert.ok(error instanceof DataError, error.message)
        assert.match(error.message, /t\.csv, column v: /)
        assert.ok(error.message.includes(JSON.stringify(written.replace(/^"(.*)"$/, '$1'))), error.message)
        assert.deepEqual(await session.query('SELECT count(*) AS n FROM t'), [{ n: 2 }])
      })
    }

    it('is told of a bad value however far down it stands, also in the middle of a stream', async () => {
      const rows = Array.from({ length: 100_000 }, (_, at) => `${at},${at === 90_000 ? 'x' : at}`)
      const session = await sessionOf({ 't.csv': `id,v\n${rows.join('\n')}\n`, 'schema.sql': 'CREATE TABLE t (id INT, v INT)' })
      const error = await failureOf(streamed(session, 'SELECT * FROM t WHERE id >= ?', [0]))
      assert.ok(error instanceof DataError && /column v: "x" is no INT \(the row of id "90000"\)/.test(error.message), error.message)
      assert.equal((await streamed(session, 'SELECT id FROM t')).length, 100_000)
    })

    it('names the row of a bad value by its primary key, where schema.sql declares one', async () => {
      const session = await sessionOf({ 't.csv': 'v,a,b\nx,"say ""hi""",\n', 'schema.sql': 'CREATE TABLE t (v INT, a VARCHAR(20), b INT, PRIMARY KEY (a, b))' })
      const error = await failureOf(streamed(session, 'SELECT v FROM t'))
      assert.ok(error.message.includes('column v: "x" is no INT (the row of a "say \\"hi\\"", b NULL)'), error.message)
    })

    it('types JSON too, leaves what it does not declare as text, and must declare what is there', async () => {
      const session = await sessionOf({
        'j.json': '[{"id": 1, "price": 1.10, "more": 2, "yes": true}]', 'a.csv': 'x\n1\n',
        'schema.sql': 'CREATE TABLE j (ID INT, price DECIMAL(6,2), yes BOOLEAN); CREATE TABLE a (y INT); CREATE TABLE elsewhere (z INT)',
      })
      assert.deepEqual(await session.query('SELECT * FROM j'), [{ id: 1, price: '1.10', more: '2', yes: true }])
      const error = await failureOf(session.query('SELECT * FROM a'))
      assert.ok(error instanceof ConfigurationError && /declares a column y, and the file has none/.test(error.message), error.message)
    })
  })

  it('reads the example with every type that it declares', async () => {
    const database = await openFiles('files:examples/notes')
    const session = await database.connect()
    const flow = await session.stream({ sql: 'SELECT s.id, s.name, s.is_public, c.credits, c.first_taught FROM course c JOIN school s ON s.id = c.school_id' })
    assert.deepEqual(flow.columns.map((column) => column.type.kind), ['integer', 'text', 'boolean', 'decimal', 'date'])
    assert.ok((await rowsOf(flow)).length > 25_000)
    await session.close()
    await database.close()
  })

  it('reads a whole database of exports: every row of every file', async function () {
    this.timeout(60_000)
    const folder = needsSharedData(this, 'sakila/csv')
    const database = await openFiles(`files:${folder}?null=\\N`)
    const session = await database.connect()
    const [payments] = await session.query('SELECT count(*) AS n, sum(amount::DECIMAL(7,2)) AS total, count(*) FILTER (rental_id IS NULL) AS loose FROM payment')
    assert.deepEqual(payments, { n: 16_049, total: '67416.51', loose: 5 })
    const [films] = await session.query('SELECT count(*) AS n FROM film JOIN language USING (language_id) JOIN film_category USING (film_id)')
    assert.deepEqual(films, { n: 1000 })
    await session.close()
    await database.close()
  })
})

function quoted(value: string | null): string {
  if (value === null) return ''
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
