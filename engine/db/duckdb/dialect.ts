import type { Dialect } from '../dialect.ts'
import { NOW, after } from './clock.ts'
import { columnType, createKeyless, createKeys, createLanding, createTable, indexesSql, renameTable } from './ddl.ts'
import { duckdbKnex } from './knex.ts'
import { guarded, judgedText } from './judged.ts'
import { quoteName, quoteText } from './quote.ts'
import { typeSql, typeWord, typeWords } from './type-words.ts'

/** DuckDB's words. */
export const duckdbDialect: Dialect = {
  name: 'duckdb',
  knex: duckdbKnex,

  transactionalDdl: true,
  // A second update of a row is a conflict at once, and never a wait.
  rowLocks: false,
  // A generated column can't be unique here; an index over its expression can.
  generatedColumns: false,
  // The file is locked by the process that has it open.
  manyProcesses: false,

  quote: quoteName,
  now: NOW,
  after,
  timestamp: (text) => `TIMESTAMP ${quoteText(text)}`,
  // Texts are compared byte by byte, whatever a column's own COLLATE says.
  same: (landed, other, { kind }) => `${landed} IS NOT DISTINCT FROM ${kind === 'text' ? `CAST(${other} AS VARCHAR) COLLATE C` : other}`,
  equal: (landed, other, type) => duckdbDialect.same(landed, other, type),
  joinInOrder: 'JOIN',
  grouped: (expression) => expression,
  stored: (expression) => expression,
  guarded,
  readsText: (to) => judgedText('t', to) !== undefined,
  joins: ({ kind }) => ['integer', 'text', 'uuid'].includes(kind),
  joinsByIndex: false,
  held: undefined,
  wholeNumber: (expression) => expression,
  textBytes: (expression) => `strlen(${expression})`,

  readType: (sqlType) => typeWord(sqlType)?.type ?? { kind: 'other', name: sqlType },
  typeWords,
  writeType: typeSql,
  columnType,

  createTable,
  createKeyless,
  createKeys,
  landsInOrderOf: () => false,
  createLanding,
  rowNumber: 'ROW_NUMBER() OVER ()',
  // Tables are compared by hash joins, which use no index.
  indexLanding: () => [],
  // A table with an index of its own can't be renamed: `swap` makes them right after the rename, in its transaction.
  createIndexes: () => [],
  swap: (swaps) => swaps.flatMap(({ live, staging, old, definition }) => [
    ...old === undefined ? [] : [renameTable(live, old)],
    ...staging === undefined ? [] : [renameTable(staging, live)],
    ...definition === undefined || staging === undefined ? [] : indexesSql(definition, live, staging),
  ]),
  // DuckDB counts while it loads.
  statistics: () => [],
  commentOn: (name, comment) => `COMMENT ON TABLE ${quoteName(name)} IS ${quoteText(comment)}`,
  dropTable: (name) => `DROP TABLE IF EXISTS ${quoteName(name)}`,
  // Its DROP takes one name.
  dropTables: (names) => names.map((name) => `DROP TABLE IF EXISTS ${quoteName(name)}`),
}
