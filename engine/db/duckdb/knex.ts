import makeKnex from 'knex'
import type { Knex } from 'knex'

/** What knex hands to the method of a table compiler that writes a UNIQUE. */
interface TableCompiler {
  readonly tableNameRaw: string
  tableName(): string
  readonly formatter: { wrap(name: string): string; columnize(columns: readonly string[]): string }
  pushQuery(sql: string): void
  unique: (columns: string | readonly string[], options?: string | { readonly indexName?: string }) => void
}

// By its other name: nothing of the package "pg" is used.
const POSTGRES = 'postgres'

type Client = new (config: unknown) => { tableCompiler(...given: unknown[]): TableCompiler }

/**
 * Builds SQL only: knex's PostgreSQL client writes what DuckDB takes, and asks for no driver until it connects.
 * The one thing DuckDB lacks is a constraint that is added later: a unique index does the same.
 */
export const duckdbKnex: Knex = makeKnex({ client: duckdbClient() as unknown as typeof Knex.Client })

function duckdbClient(): Client {
  const Postgres = (makeKnex({ client: POSTGRES }) as unknown as { client: { constructor: Client } }).client.constructor
  return class DuckdbClient extends Postgres {
    override tableCompiler(...given: unknown[]): TableCompiler {
      const compiler = super.tableCompiler(...given)
      compiler.unique = uniqueIndex
      return compiler
    }
  }
}

function uniqueIndex(this: TableCompiler, columns: string | readonly string[], options?: string | { readonly indexName?: string }): void {
  const list = typeof columns === 'string' ? [columns] : columns
  const named = typeof options === 'string' ? options : options?.indexName
  const name = this.formatter.wrap(named ?? [this.tableNameRaw, ...list, 'unique'].join('_').toLowerCase())
  this.pushQuery(`create unique index ${name} on ${this.tableName()} (${this.formatter.columnize(list)})`)
}
