import assert from 'node:assert/strict'
import { duckdbDialect } from '../../engine/db/duckdb/dialect.ts'
import { unfit } from '../../engine/db/unfit.ts'

describe('what a narrower column can\'t hold', () => {
  /** Two types in DuckDB's words, and the condition; '' where nothing is to be asked. */
  const cases: readonly (readonly [from: string, to: string, sql: string])[] = [
    ['VARCHAR(40)', 'VARCHAR(40)', ''], ['VARCHAR(40)', 'VARCHAR(41)', ''], ['VARCHAR(40)', 'TEXT', ''],
    ['VARCHAR(40)', 'VARCHAR(18)', 'CHAR_LENGTH(v) > 18'], ['TEXT', 'VARCHAR(18)', 'CHAR_LENGTH(v) > 18'],
    ['TINYTEXT', 'VARCHAR(255)', ''], ['VARCHAR(64)', 'TINYTEXT', 'strlen(v) > 255'], ['VARCHAR(63)', 'TINYTEXT', ''],
    ['SMALLINT', 'INT', ''], ['INT', 'TINYINT', 'v < -128 OR v > 127'], ['INT', 'BIGINT UNSIGNED', 'v < 0'], ['DECIMAL(4,0)', 'SMALLINT', ''],
    ['DECIMAL(5,0)', 'SMALLINT', 'v < -32768 OR v > 32767'], ['DECIMAL(8,2)', 'DECIMAL(9,3)', ''], ['DECIMAL(8,2)', 'DECIMAL(8,3)', 'v <= -100000 OR v >= 100000'],
    ['SMALLINT', 'DECIMAL(5,0)', ''], ['SMALLINT', 'DECIMAL(4,0)', 'v <= -10000 OR v >= 10000'],
    ['INT', 'BOOLEAN', 'v NOT IN (0, 1)'], ['BOOLEAN', 'INT', ''],
    ['DECIMAL(3,3)', 'VARCHAR(6)', ''], ['DECIMAL(3,3)', 'VARCHAR(5)', 'CHAR_LENGTH(CONCAT(v)) > 5'], ['DECIMAL(4,2)', 'VARCHAR(6)', ''], ['DECIMAL(4,0)', 'VARCHAR(5)', ''],
    ['INT', 'VARCHAR(11)', ''], ['INT', 'VARCHAR(10)', 'CHAR_LENGTH(CONCAT(v)) > 10'], ['DATE', 'VARCHAR(10)', 'CHAR_LENGTH(CONCAT(v)) > 10'], ['DATE', 'VARCHAR(18)', ''], ['TIME', 'VARCHAR(17)', ''], ['TIME', 'VARCHAR(15)', 'CHAR_LENGTH(CONCAT(v)) > 15'],
    ['TIMESTAMP', 'VARCHAR(40)', ''], ['TIMESTAMP', 'VARCHAR(26)', 'CHAR_LENGTH(CONCAT(v)) > 26'], ['UUID', 'VARCHAR(35)', 'CHAR_LENGTH(CONCAT(v)) > 35'],
    ["ENUM('a','b')", "ENUM('b','a','c')", ''], ["ENUM('a','b')", "ENUM('b')", 'v IS NOT NULL AND NOT (? IS NOT DISTINCT FROM CAST(CONCAT(v) AS VARCHAR) COLLATE C)'],
    ['VARBINARY(8)', 'VARBINARY(8)', ''], ['VARBINARY(8)', 'VARBINARY(4)', 'OCTET_LENGTH(v) > 4'], ['BLOB', 'VARCHAR(4)', ''],
    ['SMALLINT', 'FLOAT', ''], ['INT', 'FLOAT', 'v < -16777216 OR v > 16777216'], ['INT', 'DOUBLE', ''], ['BIGINT', 'DOUBLE', 'v < -9007199254740992 OR v > 9007199254740992'],
    ['INT UNSIGNED', 'FLOAT', 'v > 16777216'], ['FLOAT', 'DOUBLE', ''],
    ['TEXT', 'JSON', ''], ['DATE', 'TIMESTAMP', ''],
  ]
  for (const [from, to, sql] of cases) {
    it(`${from} → ${to}: ${sql || 'nothing'}`, () => {
      assert.equal(unfit('v', duckdbDialect.readType(from), duckdbDialect.readType(to), duckdbDialect)?.sql ?? '', sql)
    })
  }
})
