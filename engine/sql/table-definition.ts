/** One column of a table, as its create writes it. */
export interface ColumnDefinition {
  readonly name: string
  /** As written, with its words in upper case: `DECIMAL(10,2)`, `INT UNSIGNED`, `ENUM('a','b')`; `KEY` for a surrogate key. */
  readonly type: string
  readonly nullable: boolean
  /** The SQL text after DEFAULT. */
  readonly default: string | undefined
  /** The text of its COMMENT, unquoted. */
  readonly comment: string | undefined
  /** The database computes it: it can't be loaded. */
  readonly generated: boolean
  /** Every other word of it, as written: `COLLATE …`, `CHECK (…)`, `ON UPDATE …`, `GENERATED ALWAYS AS (…)`. */
  readonly rest: string
}

export interface IndexDefinition {
  readonly kind: 'plain' | 'fulltext' | 'spatial'
  /** As written; undefined if it has none. */
  readonly name: string | undefined
  /** The plain columns in it; an expression has none. */
  readonly columns: readonly string[]
  /** The text inside of its brackets: `title(10) DESC, brand`. */
  readonly sql: string
  /** What follows its brackets. */
  readonly options: string
}

export interface ForeignKeyDefinition {
  readonly columns: readonly string[]
  readonly table: string
  /** Empty where the create leaves them out: the primary key of the other table. */
  readonly references: readonly string[]
}

/** What a CREATE TABLE says. */
export interface TableDefinition {
  readonly table: string
  readonly columns: readonly ColumnDefinition[]
  readonly primaryKey: readonly string[]
  readonly uniques: readonly (readonly string[])[]
  /** The conditions of the table's own CHECKs, without their brackets. Those of a column are in its `rest`. */
  readonly checks: readonly string[]
  readonly indexes: readonly IndexDefinition[]
  readonly foreignKeys: readonly ForeignKeyDefinition[]
  /** What follows the closing bracket, without COMMENT and AUTO_INCREMENT: `ENGINE=InnoDB`. */
  readonly options: string
  readonly comment: string | undefined
}

/** A definition while it is being read. */
export type Draft = {
  -readonly [K in keyof TableDefinition]: TableDefinition[K] extends readonly (infer T)[] ? T[] : TableDefinition[K]
}
