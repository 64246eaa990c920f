/** Every column type of every database, with the values at its edges: what goes where exactly, and what is refused by its name. */

export type DatabaseName = 'MariaDB' | 'PostgreSQL' | 'DuckDB'
export const databases: readonly DatabaseName[] = ['MariaDB', 'PostgreSQL', 'DuckDB']

/** How two databases' texts of one value are compared. */
export type Mode = 'integer' | 'bits' | 'decimal' | 'double' | 'shown' | 'single' | 'boolean' | 'text' | 'address' | 'bytes' | 'moment' | 'zoned'

/** A type, the values of its column as SQL, and the types of the tables that it goes to: the same words unless told. */
export interface Carried {
  readonly type: string
  readonly mode: Mode
  readonly values: readonly string[]
  readonly into?: string | Partial<Record<DatabaseName, string>>
}

/** A type that no load carries: the reason that is given, and what the source casts it to instead. */
interface Refused {
  readonly type: string
  readonly value: string
  readonly why: RegExp
  readonly instead: string
}

/** A value that no table takes though its type goes there: what is said of it. */
export interface RefusedValue {
  readonly of: string
  /** In words, for people. */
  readonly value: string
  readonly sql: string
  readonly into: string
  readonly why: RegExp
  /** Only on its way there. */
  readonly only?: DatabaseName
  /** Not told on the page: it is like another one. */
  readonly show?: false
}

interface Types {
  readonly carried: readonly Carried[]
  readonly refused: readonly Refused[]
  readonly values: readonly RefusedValue[]
  /** What the types need before the table is made. */
  readonly before: readonly string[]
}

const quoted = (...texts: string[]): string[] => texts.map((text) => `'${text.replaceAll("'", "''")}'`)

/** Texts that are something else somewhere: NULL's spellings, blanks, controls, escapes, four bytes, marks that combine, right to left. */
export const oddTexts = [
  '', ' ', 'NULL', 'null', String.raw`\N`, String.raw`\\`, String.raw`a\tb`, 'a\tb', 'a\nb', 'a\r\nb', '\r', 'end ', ' begin', '"', "'", "O''Brien", ',', ';', '|', '`', '%', '--', '/* */', '$1', '?', ':name',
  '\u0001\u0002\u001f', '\u001a', '\u007f\u0085', '\u00a0', '\u200b', '\ufeff', '\ufffd', 'ß', 'é', 'e\u0301', 'İı', 'Ωμέγα', '漢字', 'עברית', '😀', '👩‍👩‍👧', '𝒳', '\u{10ffff}', '{}', '[1]', '0', '-0', '1e3', 'NaN', 'true', '2024-02-30',
]

const TEXTS = { MariaDB: oddTexts.map((text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`), PostgreSQL: quoted(...oddTexts), DuckDB: quoted(...oddTexts) }

const BIGINTS = ['-9223372036854775808', '-9007199254740993', '-9007199254740992', '-9007199254740991', '-1', '0', '1', '9007199254740991', '9007199254740992', '9007199254740993', '9223372036854775807']
const DOUBLES = ['0', '0.1', '-0.1', '1e15', '123456789.123456789', '9007199254740993', '1.7976931348623157e308', '-1.7976931348623157e308', '2.2250738585072014e-308', '5e-324', '3.141592653589793']
const SINGLES = ['0', '0.1', '16777216', '3.4028234e38', '-3.4028234e38', '1.17549435e-38', '1e-45', '3.1415927']
const DATES = quoted('0001-01-01', '1000-01-01', '1582-10-15', '1899-12-31', '1970-01-01', '2000-02-29', '2024-02-29', '9999-12-31')
const INSTANTS = quoted('0001-01-01 00:00:00', '1000-01-01 00:00:00', '1969-12-31 23:59:59.999999', '1970-01-01 00:00:00', '2024-03-31 02:30:00', '2024-12-31 23:59:59.000001', '9999-12-31 23:59:59.999999')
const nines = (digits: number, scale: number): string => `${'9'.repeat(digits - scale)}${scale > 0 ? `.${'9'.repeat(scale)}` : ''}`
const decimals = (digits: number, scale: number): string[] => [nines(digits, scale), `-${nines(digits, scale)}`, '0', ...scale > 0 ? [`0.${'1'.padStart(scale, '0')}`] : ['1']]

const mariadb: Types = {
  before: [
    'CREATE TABLE odd (id INT, d DATE, dt DATETIME, y YEAR)', "SET sql_mode = 'ALLOW_INVALID_DATES'",
    "INSERT INTO odd VALUES (1, '0000-00-00', '0000-00-00 00:00:00', '0000'), (2, '2024-02-00', '2024-00-10 00:00:00', 2000), (3, '2024-02-31', '2024-02-30 12:00:00', 2000)",
    'SET sql_mode = DEFAULT',
  ],
  carried: [
    { type: 'TINYINT', mode: 'integer', values: ['-128', '0', '127'] },
    { type: 'TINYINT UNSIGNED', mode: 'integer', values: ['0', '255'] },
    { type: 'TINYINT(1)', mode: 'integer', values: ['-128', '0', '1', '7', '127'] },
    { type: 'BOOLEAN', mode: 'boolean', values: ['0', '1'] },
    { type: 'SMALLINT', mode: 'integer', values: ['-32768', '32767'] },
    { type: 'SMALLINT UNSIGNED', mode: 'integer', values: ['0', '65535'] },
    { type: 'MEDIUMINT', mode: 'integer', values: ['-8388608', '8388607'] },
    { type: 'MEDIUMINT UNSIGNED', mode: 'integer', values: ['0', '16777215'] },
    { type: 'INT', mode: 'integer', values: ['-2147483648', '2147483647'] },
    { type: 'INT UNSIGNED', mode: 'integer', values: ['0', '4294967295'] },
    { type: 'INT(7) ZEROFILL', mode: 'integer', values: ['0', '42', '4294967295'] },
    { type: 'BIGINT', mode: 'integer', values: BIGINTS },
    { type: 'BIGINT UNSIGNED', mode: 'integer', values: ['0', '9007199254740993', '18446744073709551615'] },
    { type: 'BIT(1)', mode: 'bits', values: ["b'0'", "b'1'"], into: { PostgreSQL: 'SMALLINT', DuckDB: 'SMALLINT' } },
    { type: 'BIT(8)', mode: 'bits', values: ["b'00000000'", "b'10000001'"], into: { PostgreSQL: 'SMALLINT', DuckDB: 'SMALLINT' } },
    { type: 'BIT(64)', mode: 'bits', values: ['0', '18446744073709551615', '9007199254740993'], into: { PostgreSQL: 'DECIMAL(20,0)', DuckDB: 'DECIMAL(20,0)' } },
    { type: 'DECIMAL(10,2)', mode: 'decimal', values: decimals(10, 2) },
    { type: 'DECIMAL(10,0)', mode: 'decimal', values: decimals(10, 0) },
    { type: 'DECIMAL(10,2) UNSIGNED', mode: 'decimal', values: [nines(10, 2), '0'] },
    { type: 'DECIMAL(38,10)', mode: 'decimal', values: decimals(38, 10) },
    { type: 'DECIMAL(65,0)', mode: 'decimal', values: decimals(65, 0), into: { DuckDB: 'VARCHAR(67)' } },
    { type: 'DECIMAL(65,30)', mode: 'decimal', values: decimals(65, 30), into: { DuckDB: 'VARCHAR(67)' } },
    { type: 'DECIMAL(30,30)', mode: 'decimal', values: [`0.${'9'.repeat(30)}`, '0'] },
    { type: 'DOUBLE', mode: 'double', values: DOUBLES },
    // MariaDB may store -0.01 as -0.010000000000000009, and shows what the column's digits say
    { type: 'DOUBLE(10,2)', mode: 'shown', values: ['99999999.99', '0.01', '-0.01'], into: 'DOUBLE' },
    { type: 'CHAR(10)', mode: 'text', values: quoted('', 'abc', '0123456789', '😀😀😀😀😀😀😀😀😀😀', ' a') },
    { type: 'VARCHAR(60)', mode: 'text', values: TEXTS.MariaDB },
    { type: 'VARCHAR(20) CHARACTER SET latin1', mode: 'text', values: quoted('', 'é€ÿ', 'end ') , into: 'VARCHAR(20)' },
    { type: 'VARCHAR(20) CHARACTER SET utf16', mode: 'text', values: quoted('', '😀', '漢字'), into: 'VARCHAR(20)' },
    { type: 'TINYTEXT', mode: 'text', values: ["REPEAT('x', 255)", "''"] },
    { type: 'TEXT', mode: 'text', values: ["REPEAT('é', 32767)", "'end '"] },
    { type: 'MEDIUMTEXT', mode: 'text', values: ["REPEAT('😀', 20000)"] },
    { type: 'LONGTEXT', mode: 'text', values: ["REPEAT('x', 100000)", "''"] },
    { type: 'BINARY(4)', mode: 'bytes', values: ["X'00010203'", "X'FFFFFFFF'", "X'00000000'"] },
    { type: 'VARBINARY(300)', mode: 'bytes', values: ["X''", "X'00'", "X'5C4E'", "X'090A0D1A'", "X'FFFE80'", "REPEAT(X'00', 300)"] },
    { type: 'TINYBLOB', mode: 'bytes', values: ["X''", "REPEAT(X'FF', 255)"] },
    { type: 'BLOB', mode: 'bytes', values: ["REPEAT(X'5C', 65535)"] },
    { type: 'MEDIUMBLOB', mode: 'bytes', values: ["X'2727'"] },
    { type: 'LONGBLOB', mode: 'bytes', values: ["REPEAT(X'0A', 70000)"] },
    { type: "ENUM('a','A b','','NULL','é')", mode: 'text', values: quoted('a', 'A b', '', 'NULL', 'é') },
    { type: "SET('x','y','z')", mode: 'text', values: quoted('', 'x', 'x,z', 'x,y,z'), into: 'VARCHAR(20)' },
    { type: 'DATE', mode: 'moment', values: DATES },
    { type: 'DATETIME', mode: 'moment', values: quoted('0001-01-01 00:00:00', '9999-12-31 23:59:59') },
    { type: 'DATETIME(3)', mode: 'moment', values: quoted('2024-01-01 00:00:00.001', '2024-01-01 00:00:00.999') },
    { type: 'DATETIME(6)', mode: 'moment', values: INSTANTS },
    { type: 'TIMESTAMP', mode: 'moment', values: quoted('1970-01-01 00:00:01', '2024-03-31 01:30:00', '2038-01-19 03:14:07') },
    { type: 'TIMESTAMP(6)', mode: 'moment', values: quoted('1970-01-01 00:00:01.000001', '2024-10-27 00:30:00.5', '2038-01-19 03:14:07.999999') },
    { type: 'TIME', mode: 'moment', values: quoted('00:00:00', '23:59:59') },
    { type: 'TIME(6)', mode: 'moment', values: quoted('00:00:00.000001', '23:59:59.999999', '12:00:00.5') },
    { type: 'YEAR', mode: 'integer', values: ['1901', '2024', '2155'] },
    { type: 'JSON', mode: 'text', values: quoted('{"a": 1.10, "b": null, "a b": [1, "é😀"]}', '[]', '"x"', 'null', '9007199254740993', '1e400') },
    { type: 'UUID', mode: 'text', values: quoted('00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '123e4567-e89b-12d3-a456-426614174000') },
    { type: 'INET6', mode: 'text', values: quoted('::', '2001:db8::ff00:42:8329', '::ffff:192.0.2.128'), into: 'VARCHAR(39)' },
  ],
  refused: [
    { type: 'FLOAT', value: '0.1', why: /six digits/, instead: 'CAST(… AS DOUBLE)' },
    { type: 'FLOAT(7,4)', value: '999.0001', why: /six digits/, instead: 'CAST(… AS DOUBLE)' },
    { type: 'GEOMETRY', value: "ST_GeomFromText('POINT(1 2)')", why: /GEOMETRY|POINT/, instead: 'ST_AsText(…)' },
    { type: 'POINT', value: "ST_GeomFromText('POINT(1 2)')", why: /GEOMETRY|POINT/, instead: 'ST_AsText(…)' },
    { type: 'LINESTRING', value: "ST_GeomFromText('LINESTRING(1 2,3 4)')", why: /GEOMETRY|LINESTRING/, instead: 'ST_AsText(…)' },
  ],
  values: [
    ...['0000-00-00', '2024-02-00', '2024-02-31'].map((day, at) => ({ of: 'DATE', value: day, sql: `(SELECT d FROM odd WHERE id = ${at + 1})`, into: 'DATE', why: new RegExp(`${day}.*no such date`) })),
    ...['0000-00-00', '2024-00-10', '2024-02-30'].map((day, at) => ({ of: 'DATETIME', value: `${day} 00:00:00`, sql: `(SELECT dt FROM odd WHERE id = ${at + 1})`, into: 'TIMESTAMP', why: new RegExp(`${day}.*no such date`) })),
    { of: 'TIME', value: '24:00:00', sql: "CAST('24:00:00' AS TIME)", into: 'TIME', why: /24:00:00.*no such time of day/ },
    { of: 'TIME', value: '-00:00:01', sql: "CAST('-00:00:01' AS TIME)", into: 'TIME', why: /-00:00:01/ },
    { of: 'TIME', value: '838:59:59', sql: "CAST('838:59:59' AS TIME)", into: 'TIME', why: /838:59:59/ },
    { of: 'YEAR', value: '0000', sql: '(SELECT y FROM odd WHERE id = 1)', into: 'YEAR', why: /0 .*(does not|doesn't) fit|0 .*YEAR/, only: 'MariaDB' },
    { of: 'VARCHAR', value: 'the character U+0000', sql: "CONCAT('a', CHAR(0 USING utf8mb4))", into: 'VARCHAR(9)', why: /U\+0000/, only: 'PostgreSQL' },
    { of: 'BIGINT UNSIGNED', value: '18446744073709551615', sql: 'CAST(18446744073709551615 AS UNSIGNED)', into: 'BIGINT', why: /18446744073709551615 does not fit/ },
    { of: 'DECIMAL(65,30)', value: '0.0000000001', sql: 'CAST(0.0000000001 AS DECIMAL(65,30))', into: 'DECIMAL(20,2)', why: /0\.0000000001/ },
    { of: 'VARCHAR', value: 'a blank at the end', sql: "'end '", into: 'CHAR(9)', why: /drops the blanks/, only: 'MariaDB' },
    { of: 'VARBINARY', value: 'fewer than four bytes', sql: "X'00'", into: 'BINARY(4)', why: /fills it up/, only: 'MariaDB' },
    { of: 'DATETIME(6)', value: 'half a second', sql: "CAST('2024-01-01 00:00:00.5' AS DATETIME(6))", into: 'DATETIME(0)', why: /digits after the second would be lost/ },
    { of: 'DATETIME', value: 'a time of day', sql: "CAST('2038-01-19 03:14:08' AS DATETIME)", into: 'DATE', why: /time of day would be lost/ },
    { of: 'DOUBLE', value: 'any, as it may be rounded', sql: 'CAST(0.125 AS DOUBLE)', into: 'FLOAT(7,2)', why: /rounds|FLOAT\(M,D\)|digits/, only: 'MariaDB' },
    { of: 'DOUBLE', value: 'any, as it may be rounded', sql: 'CAST(0.125 AS DOUBLE)', into: 'DOUBLE(10,2)', why: /rounds|DOUBLE\(M,D\)|digits/, only: 'MariaDB' },
  ],
}

const postgres: Types = {
  before: [
    "CREATE TYPE mood AS ENUM ('sad', 'so so', '', 'NULL', 'é')", 'CREATE DOMAIN small_even AS INTEGER CHECK (VALUE % 2 = 0)', 'CREATE DOMAIN short_text AS VARCHAR(5)',
    'CREATE TYPE pair AS (a INTEGER, b TEXT)',
  ],
  carried: [
    { type: 'BOOLEAN', mode: 'boolean', values: ['true', 'false'] },
    { type: 'SMALLINT', mode: 'integer', values: ['-32768', '32767'] },
    { type: 'INTEGER', mode: 'integer', values: ['-2147483648', '2147483647'] },
    { type: 'BIGINT', mode: 'integer', values: BIGINTS },
    { type: 'OID', mode: 'integer', values: ['0', '4294967295'], into: 'BIGINT' },
    { type: 'NUMERIC(10,2)', mode: 'decimal', values: decimals(10, 2) },
    { type: 'NUMERIC(38,10)', mode: 'decimal', values: decimals(38, 10) },
    { type: 'NUMERIC(65,30)', mode: 'decimal', values: decimals(65, 30), into: { DuckDB: 'VARCHAR(67)' } },
    { type: 'NUMERIC(1000,500)', mode: 'decimal', values: decimals(1000, 500), into: { MariaDB: 'TEXT', DuckDB: 'TEXT' } },
    { type: 'NUMERIC(5,-2)', mode: 'decimal', values: ['9999900', '-100', '0'], into: 'DECIMAL(7,0)' },
    { type: 'NUMERIC(2,5)', mode: 'decimal', values: ['0.00099', '0'], into: 'DECIMAL(5,5)' },
    { type: 'NUMERIC', mode: 'decimal', values: [nines(30, 8), '-0.00000001', '0'], into: 'DECIMAL(38,8)' },
    { type: 'REAL', mode: 'single', values: SINGLES },
    { type: 'DOUBLE PRECISION', mode: 'double', values: DOUBLES.map((text) => `'${text}'::float8`) },
    { type: 'CHAR(10)', mode: 'text', values: quoted('', 'abc', '0123456789', '😀😀😀😀😀😀😀😀😀😀', ' a') },
    { type: 'VARCHAR(60)', mode: 'text', values: TEXTS.PostgreSQL },
    { type: 'TEXT', mode: 'text', values: ["repeat('é', 32767)", ...TEXTS.PostgreSQL.slice(0, 8)] },
    { type: 'NAME', mode: 'text', values: quoted('a_name'), into: 'VARCHAR(63)' },
    { type: '"char"', mode: 'text', values: quoted('a'), into: 'VARCHAR(4)' },
    { type: 'BYTEA', mode: 'bytes', values: ["''", String.raw`'\x00'`, String.raw`'\x5c4e'`, String.raw`'\x090a0d1afffe80'`, String.raw`decode(repeat('ff', 60000), 'hex')`], into: { MariaDB: 'LONGBLOB' } },
    { type: 'mood', mode: 'text', values: quoted('sad', 'so so', '', 'NULL', 'é'), into: "ENUM('sad','so so','','NULL','é')" },
    { type: 'small_even', mode: 'integer', values: ['-2', '42'], into: 'INTEGER' },
    { type: 'short_text', mode: 'text', values: quoted('', 'abcde', 'a '), into: 'VARCHAR(5)' },
    { type: 'DATE', mode: 'moment', values: DATES },
    { type: 'TIMESTAMP(0)', mode: 'moment', values: quoted('0001-01-01 00:00:00', '9999-12-31 23:59:59') },
    { type: 'TIMESTAMP(3)', mode: 'moment', values: quoted('2024-01-01 00:00:00.001', '2024-01-01 00:00:00.999') },
    { type: 'TIMESTAMP', mode: 'moment', values: INSTANTS },
    { type: 'TIMESTAMPTZ', mode: 'zoned', values: quoted('2024-03-31 02:30:00+02', '0001-01-02 00:00:00+14', '9999-12-31 23:59:59.999999+00', '2024-10-27 01:30:00.000001 Europe/Copenhagen'), into: 'TIMESTAMP' },
    { type: 'TIME', mode: 'moment', values: quoted('00:00:00', '00:00:00.000001', '23:59:59.999999') , into: 'TIME(6)' },
    { type: 'TIME(0)', mode: 'moment', values: quoted('00:00:00', '23:59:59') },
    { type: 'JSON', mode: 'text', values: quoted('{"a": 1.10, "b": null, "a": [1, "é😀"]}', '[]', '"x"', 'null', '9007199254740993', ' 1e400') },
    { type: 'JSONB', mode: 'text', values: quoted('{"b": 1.10, "a": null}', '[]', '9007199254740993'), into: 'JSON' },
    { type: 'UUID', mode: 'text', values: quoted('00000000-0000-0000-0000-000000000000', 'FFFFFFFF-ffff-ffff-ffff-ffffffffffff') },
    { type: 'XML', mode: 'text', values: quoted('<a>é</a>', '<b/>'), into: 'TEXT' },
    { type: 'INET', mode: 'address', values: quoted('192.168.0.1', '192.168.0.0/24', '2001:db8::ff00:42:8329'), into: 'VARCHAR(43)' },
    { type: 'CIDR', mode: 'text', values: quoted('10.0.0.0/8', '::/0'), into: 'VARCHAR(43)' },
    { type: 'MACADDR', mode: 'text', values: quoted('08:00:2b:01:02:03'), into: 'VARCHAR(17)' },
  ],
  refused: [
    { type: 'MONEY', value: "'12.34'", why: /money/, instead: 'CAST(… AS NUMERIC(19,2))' },
    { type: 'INTERVAL', value: "'1 month 2 days'", why: /interval/, instead: 'EXTRACT(EPOCH FROM …) or CAST(… AS TEXT)' },
    { type: 'TIMETZ', value: "'12:00+02'", why: /time with time zone/, instead: 'CAST(… AS TEXT)' },
    { type: 'BIT(8)', value: "B'10000001'", why: /bit/, instead: 'CAST(… AS BIGINT)' },
    { type: 'BIT VARYING(8)', value: "B'101'", why: /bit varying/, instead: 'CAST(… AS TEXT)' },
    { type: 'INTEGER[]', value: "'{1,2}'", why: /integer\[\]/, instead: "array_to_string(…, ',') or to_json(…)" },
    { type: 'TEXT[]', value: "'{a,NULL}'", why: /text\[\]/, instead: "array_to_string(…, ',') or to_json(…)" },
    { type: 'POINT', value: "'(1,2)'", why: /point/, instead: 'CAST(… AS TEXT)' },
    { type: 'LINE', value: "'{1,2,3}'", why: /line/, instead: 'CAST(… AS TEXT)' },
    { type: 'LSEG', value: "'[(1,2),(3,4)]'", why: /lseg/, instead: 'CAST(… AS TEXT)' },
    { type: 'BOX', value: "'(1,2),(3,4)'", why: /box/, instead: 'CAST(… AS TEXT)' },
    { type: 'PATH', value: "'((1,2),(3,4))'", why: /path/, instead: 'CAST(… AS TEXT)' },
    { type: 'POLYGON', value: "'((1,2),(3,4))'", why: /polygon/, instead: 'CAST(… AS TEXT)' },
    { type: 'CIRCLE', value: "'<(1,2),3>'", why: /circle/, instead: 'CAST(… AS TEXT)' },
    { type: 'INT4RANGE', value: "'[1,5)'", why: /int4range/, instead: 'lower(…) and upper(…)' },
    { type: 'TSRANGE', value: "'[2024-01-01,2024-01-02)'", why: /tsrange/, instead: 'lower(…) and upper(…)' },
    { type: 'INT4MULTIRANGE', value: "'{[1,5)}'", why: /int4multirange/, instead: 'CAST(… AS TEXT)' },
    { type: 'TSVECTOR', value: "'a b'", why: /tsvector/, instead: 'CAST(… AS TEXT)' },
    { type: 'TSQUERY', value: "'a & b'", why: /tsquery/, instead: 'CAST(… AS TEXT)' },
    { type: 'MACADDR8', value: "'08:00:2b:01:02:03:04:05'", why: /macaddr8/, instead: 'CAST(… AS TEXT)' },
    { type: 'PG_LSN', value: "'16/B374D848'", why: /pg_lsn/, instead: 'CAST(… AS TEXT)' },
    { type: 'JSONPATH', value: "'$.a'", why: /jsonpath/, instead: 'CAST(… AS TEXT)' },
    { type: 'pair', value: "'(1,x)'", why: /pair/, instead: 'its fields, or to_json(…)' },
  ],
  values: [
    { of: 'DATE', value: 'infinity', sql: "DATE 'infinity'", into: 'DATE', why: /infinity/ },
    { of: 'DATE', value: 'years before 1', sql: "DATE '0001-01-01 BC'", into: 'DATE', why: /BC/ },
    { of: 'DATE', value: 'years after 9999', sql: "DATE '10000-01-01'", into: 'DATE', why: /10000-01-01/ },
    { of: 'TIMESTAMP', value: '-infinity', sql: "TIMESTAMP '-infinity'", into: 'TIMESTAMP', why: /-infinity/ },
    { of: 'TIMESTAMPTZ', value: 'before the year 1 in UTC', sql: "TIMESTAMPTZ '0001-01-01 00:00:00+14'", into: 'TIMESTAMP', why: /BC|years 1 to 9999/ },
    { of: 'TIME', value: '24:00:00', sql: "TIME '24:00:00'", into: 'TIME', why: /24:00:00/ },
    { of: 'DOUBLE PRECISION', value: 'NaN', sql: "'NaN'::float8", into: 'DOUBLE', why: /NaN/ },
    { of: 'DOUBLE PRECISION', value: 'Infinity', sql: "'Infinity'::float8", into: 'DOUBLE', why: /Infinity/ },
    { of: 'REAL', value: '-Infinity', sql: "'-Infinity'::real", into: 'REAL', why: /Infinity/ },
    { of: 'NUMERIC', value: 'NaN', sql: "'NaN'::numeric", into: 'DECIMAL(10,2)', why: /NaN/ },
    { of: 'NUMERIC', value: 'Infinity', sql: "'Infinity'::numeric", into: 'DECIMAL(10,2)', why: /Infinity/ },
    { of: 'NULL', value: 'without a type', sql: 'NULL', into: 'INTEGER', why: /text does not go to an integer/ },
    { of: 'SUM of BIGINT', value: 'without a cast', sql: 'SUM(1::BIGINT)', into: 'BIGINT', why: /does not go to an integer/ },
    { of: 'NUMERIC', value: '41 digits', sql: '1e40::numeric', into: 'DECIMAL(38,2)', why: /does not fit DECIMAL\(38,2\)/ },
    { of: 'TEXT', value: 'ten characters', sql: "repeat('x', 10)", into: 'VARCHAR(9)', why: /it has 10 characters/ },
  ],
}

const duckdb: Types = {
  before: [],
  carried: [
    { type: 'BOOLEAN', mode: 'boolean', values: ['true', 'false'] },
    { type: 'TINYINT', mode: 'integer', values: ['-128', '127'] },
    { type: 'UTINYINT', mode: 'integer', values: ['0', '255'], into: 'TINYINT UNSIGNED' },
    { type: 'SMALLINT', mode: 'integer', values: ['-32768', '32767'] },
    { type: 'USMALLINT', mode: 'integer', values: ['0', '65535'], into: 'SMALLINT UNSIGNED' },
    { type: 'INTEGER', mode: 'integer', values: ['-2147483648', '2147483647'] },
    { type: 'UINTEGER', mode: 'integer', values: ['0', '4294967295'], into: 'INT UNSIGNED' },
    { type: 'BIGINT', mode: 'integer', values: BIGINTS },
    { type: 'UBIGINT', mode: 'integer', values: ['0', '18446744073709551615'], into: 'BIGINT UNSIGNED' },
    { type: 'HUGEINT', mode: 'integer', values: ['-170141183460469231731687303715884105728', '9007199254740993', '170141183460469231731687303715884105727'], into: { MariaDB: 'DECIMAL(39,0)', PostgreSQL: 'DECIMAL(39,0)' } },
    { type: 'UHUGEINT', mode: 'integer', values: ['0', '340282366920938463463374607431768211455'], into: { MariaDB: 'DECIMAL(39,0)', PostgreSQL: 'DECIMAL(39,0)' } },
    { type: 'DECIMAL(4,1)', mode: 'decimal', values: decimals(4, 1) },
    { type: 'DECIMAL(9,4)', mode: 'decimal', values: decimals(9, 4) },
    { type: 'DECIMAL(18,6)', mode: 'decimal', values: decimals(18, 6) },
    { type: 'DECIMAL(38,10)', mode: 'decimal', values: decimals(38, 10) },
    { type: 'DECIMAL(38,0)', mode: 'decimal', values: decimals(38, 0) },
    { type: 'FLOAT', mode: 'single', values: SINGLES },
    { type: 'DOUBLE', mode: 'double', values: DOUBLES },
    { type: 'VARCHAR', mode: 'text', values: [...TEXTS.DuckDB, "repeat('é', 30000)"], into: 'TEXT' },
    { type: 'BLOB', mode: 'bytes', values: ["''::BLOB", String.raw`'\x00'::BLOB`, String.raw`'\x5C\x4E\x09\x0A\x0D\x1A\xFF\xFE\x80'::BLOB`, "encode(repeat('x', 60000))"] },
    { type: "ENUM('a', 'A b', '', 'NULL', 'é')", mode: 'text', values: quoted('a', 'A b', '', 'NULL', 'é') },
    { type: 'DATE', mode: 'moment', values: DATES },
    { type: 'TIMESTAMP', mode: 'moment', values: INSTANTS },
    { type: 'TIMESTAMP_S', mode: 'moment', values: quoted('0001-01-01 00:00:00', '9999-12-31 23:59:59'), into: 'DATETIME(0)' },
    { type: 'TIMESTAMP_MS', mode: 'moment', values: quoted('1969-12-31 23:59:59.999', '2024-01-01 00:00:00.001'), into: 'DATETIME(3)' },
    { type: 'TIMESTAMPTZ', mode: 'zoned', values: quoted('2024-03-31 02:30:00+02', '0001-01-02 00:00:00+14', '9999-12-31 23:59:59.999999+00'), into: 'TIMESTAMP' },
    { type: 'TIME', mode: 'moment', values: quoted('00:00:00', '00:00:00.000001', '23:59:59.999999'), into: 'TIME(6)' },
    { type: 'UUID', mode: 'text', values: quoted('00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '80000000-0000-0000-0000-000000000000') },
    { type: 'JSON', mode: 'text', values: quoted('{"a": 1.10, "b": null}', '[]', '"x"', 'null', '9007199254740993') },
  ],
  refused: [
    { type: 'TIMESTAMP_NS', value: "'2024-01-01 00:00:00.123456789'", why: /TIMESTAMP_NS/, instead: 'CAST(… AS TIMESTAMP)' },
    { type: 'TIMETZ', value: "'12:00:00+02'", why: /TIMETZ|TIME WITH TIME ZONE/, instead: 'CAST(… AS VARCHAR)' },
    { type: 'INTERVAL', value: 'INTERVAL 1 MONTH', why: /INTERVAL/, instead: 'epoch(…) or CAST(… AS VARCHAR)' },
    { type: 'BIT', value: "'101'", why: /BIT/, instead: 'CAST(… AS VARCHAR)' },
    { type: 'BIGNUM', value: "'123'", why: /BIGNUM|VARINT/, instead: 'CAST(… AS VARCHAR)' },
    { type: 'INTEGER[]', value: '[1, 2]', why: /INTEGER\[\]/, instead: "array_to_string(…, ',') or to_json(…)" },
    { type: 'INTEGER[3]', value: '[1, 2, 3]', why: /INTEGER\[3\]/, instead: "array_to_string(…, ',') or to_json(…)" },
    { type: 'STRUCT(a INTEGER, b VARCHAR)', value: "{'a': 1, 'b': 'x'}", why: /STRUCT/, instead: 'its fields, or to_json(…)' },
    { type: 'MAP(VARCHAR, INTEGER)', value: "MAP {'a': 1}", why: /MAP/, instead: 'to_json(…)' },
    { type: 'UNION(n INTEGER, s VARCHAR)', value: 'union_value(n := 1)', why: /UNION/, instead: 'CAST(… AS VARCHAR)' },
  ],
  values: [
    { of: 'DATE', value: 'infinity', sql: "DATE 'infinity'", into: 'DATE', why: /infinity/ },
    { of: 'DATE', value: 'years after 9999', sql: "DATE '10000-01-01'", into: 'DATE', why: /10000-01-01/ },
    { of: 'TIMESTAMP', value: '-infinity', sql: "TIMESTAMP '-infinity'", into: 'TIMESTAMP', why: /infinity/ },
    { of: 'TIME', value: '24:00:00', sql: "TIME '24:00:00'", into: 'TIME', why: /24:00:00/ },
    { of: 'DOUBLE', value: 'NaN', sql: "'NaN'::DOUBLE", into: 'DOUBLE', why: /NaN/ },
    { of: 'FLOAT', value: 'Infinity', sql: "'inf'::FLOAT", into: 'FLOAT', why: /Infinity/ },
    { of: 'HUGEINT', value: '170141183460469231731687303715884105727', sql: '170141183460469231731687303715884105727::HUGEINT', into: 'BIGINT', why: /does not fit/ },
    { of: 'VARCHAR', value: 'the character U+0000', sql: 'chr(0)', into: 'VARCHAR(9)', why: /U\+0000/, only: 'PostgreSQL' },
    { of: 'VARCHAR', value: 'ten characters', sql: "repeat('😀', 10)", into: 'VARCHAR(9)', why: /it has 10 characters/ },
    { of: 'VARCHAR', value: '400 bytes of UTF-8', sql: "repeat('é', 200)", into: 'TINYTEXT', why: /it has 400 bytes/ },
  ],
}

export const types: Readonly<Record<DatabaseName, Types>> = { MariaDB: mariadb, PostgreSQL: postgres, DuckDB: duckdb }

/** The type of the table that a column goes to. */
export function typeIn(warehouse: DatabaseName, { type, into }: Carried): string {
  return (typeof into === 'string' ? into : into?.[warehouse]) ?? type
}
