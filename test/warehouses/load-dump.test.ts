import assert from 'node:assert/strict'
import { psqlParts, statementsOf } from './load-dump.ts'

describe('the splitter of MySQL scripts', () => {
  for (const [what, script, statements] of [
    ['splits at semicolons, also without one at the end', 'SELECT 1;\nSELECT 2', ['SELECT 1', 'SELECT 2']],
    ['leaves semicolons in quotes alone', `SELECT ';', "a;\\";", \`b;\`, 'it''s;'; SELECT 2;`, [`SELECT ';', "a;\\";", \`b;\`, 'it''s;'`, 'SELECT 2']],
    ['drops comments, and what is in them', 'SELECT 1 -- it\'s; one\n; # "two\n/* three; \' */ SELECT 2;\n--\n', ['SELECT 1', 'SELECT 2']],
    ['keeps -- where it is no comment', 'SELECT 1--1;', ['SELECT 1--1']],
    ['keeps comments for the server', '/*!40000 ALTER TABLE t DISABLE KEYS */;', ['/*!40000 ALTER TABLE t DISABLE KEYS */']],
    ['unwraps what is for MySQL 5.7 and later', 'INSERT INTO t VALUES (1,/*!50705 0x00,*/2);', ['INSERT INTO t VALUES (1,0x00,2)']],
    ['obeys DELIMITER', 'DELIMITER ;;\nBEGIN a; b; END;;\nDELIMITER $$\nBEGIN c; END $$\nDELIMITER ;\nSELECT 1;', ['BEGIN a; b; END', 'BEGIN c; END', 'SELECT 1']],
    ['finds nothing in nothing', '\n;; -- nothing\n', []],
  ] as const) {
    it(what, () => { assert.deepEqual([...statementsOf(script)], statements) })
  }
})

describe('the splitter of psql scripts', () => {
  it('takes the rows behind a COPY for what they are, and leaves out what is said of databases', () => {
    const script = 'DROP DATABASE IF EXISTS shop;\nCREATE DATABASE shop;\n\\c shop;\nCREATE TABLE t (a int);\nCOPY t (a) FROM stdin;\n1\n;\n\\.\n\nSELECT 1;\nSELECT 2;\n'
    assert.deepEqual([...psqlParts(script)].map(({ sql, ...rest }) => ({ sql: sql.trim(), ...rest })), [
      { sql: 'CREATE TABLE t (a int);' }, { sql: 'COPY t (a) FROM stdin', rows: '1\n;\n' }, { sql: 'SELECT 1;\nSELECT 2;' },
    ])
  })
})
