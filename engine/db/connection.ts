import type { Knex } from 'knex'
import type { ForeignKeyDefinition } from '../sql/create.ts'
import type { Dialect, Swap } from './dialect.ts'
import type { Batches, Bytes, Flow, FlowColumn, LoadBatch, Relation } from './flow.ts'
import type { ChildKey, Merging } from './merging.ts'
import type { ValueType } from './value-type.ts'

export type { Swap } from './dialect.ts'
export type { ChildKey, Merge } from './merging.ts'

/** SQL text and its binds, in the database's own placeholders (`?`). */
export interface Statement {
  readonly sql: string
  readonly values?: readonly unknown[]
}

/** A statement as text alone, with its binds, or as built by knex (for definitions and small statements). */
export type Runnable = string | Statement | Knex.QueryBuilder | Knex.SchemaBuilder | Knex.Raw

/** A column of a table that exists. */
export interface TableColumn extends FlowColumn {
  /** The type as the database writes it. */
  readonly sqlType: string
  readonly nullable: boolean
  readonly hasDefault: boolean
}

/** A table that exists, as the database describes it. */
export interface TableDescription {
  readonly table: string
  readonly columns: readonly TableColumn[]
  /** The table's comment, '' where it has none. */
  readonly comment: string
}

/** What a database itself holds of a table's keys. */
export interface TableKeys {
  readonly primaryKey: readonly string[]
  /** Those that point at tables of the same database and schema. */
  readonly foreignKeys: readonly ForeignKeyDefinition[]
}

/** What hangs on a table, or bears its name, and would be lost or left behind if another table took its place. */
export interface Obstacle {
  readonly what: string
  readonly why?: string
  readonly wayOut: string
}

/** How a stream of rows is read. */
export interface StreamOptions {
  /** Aborted: the statement is ended and the stream errors with the signal's reason. */
  readonly signal?: AbortSignal
  /** Seconds without a row, while a row is asked for, after which the stream errors. */
  readonly idleSeconds?: number
  /** Reads at most so many rows: for the source check. */
  readonly limit?: number
  /** A load follows that looks at all there is, so these rows alone need be looked at now. */
  readonly glance?: boolean
}

/** How a bulk load is watched. */
export interface LoadOptions {
  readonly signal?: AbortSignal
  /** Seconds in which the database takes nothing, while rows are waiting, after which the load errors. */
  readonly idleSeconds?: number
  /** Called after each batch with the rows sent so far. */
  readonly onRows?: (rows: number) => void
}

/** A table to bulk-load into: the columns that the rows bring, in their order, with the declared types. */
export interface LoadTarget {
  readonly table: string
  readonly columns: readonly { readonly name: string; readonly type: ValueType }[]
}

/**
 * One dedicated session with a database: no pool, no silent reconnect. Any connection error ends it, and whatever is
 * under way on it errors: nothing ever hangs on a lost connection.
 *
 * @throws {DatabaseError} from every method: the database's words, the place, and whether trying again can help.
 */
export interface Connection {
  readonly dialect: Dialect
  /** Where this is, without secrets: for messages. */
  readonly place: string
  /** The server's name for this session, so that another one can end it. */
  readonly session: string
  /** False once the session has ended, for whatever reason: nothing that is asked of it later can succeed. */
  readonly isOpen: boolean
  /** Whether the work of a `transaction` is under way. */
  readonly inTransaction: boolean

  /** Runs one statement; the rows of a small result as objects: integers as numbers (bigints beyond 2^53), decimals as text, instants as UTC text. */
  query<R = Record<string, unknown>>(statement: Runnable): Promise<R[]>
  /** Runs one statement; how many rows it changed. A list of statements (as knex's schema builder makes) runs one by one. */
  execute(statement: Runnable): Promise<number>
  /** Reads a query as a flow of batches, pulled at the reader's pace. */
  stream(statement: Statement, options?: StreamOptions): Promise<Flow<Batches>>
  /** The same as the bytes that the server sends, where it sends texts; undefined where it doesn't. */
  streamBytes?(statement: Statement, options?: StreamOptions): Promise<Flow<Bytes>>
  /** Lets what this session reads from now on be of one moment, until it ends, and names that for others. Left out where sessions can't share one. */
  shareMoment?(): Promise<string>
  /** Lets what this session reads be of another one's moment, as long as that one has not ended. */
  joinMoment?(moment: string): Promise<void>
  /** The same as rows that stay where they are, for a session with a warehouse that reaches them itself; or why it doesn't. */
  relate?(statement: Statement, warehouse: Connection): Promise<Flow<Relation> | string>
  /**
   * Bulk-loads rows whose values were already checked against the declared types.
   * Rows sent, rows taken and warnings are held against each other: any difference is a DataError.
   * @returns the number of rows loaded
   */
  load(target: LoadTarget, batches: AsyncIterable<LoadBatch>, options?: LoadOptions): Promise<number>
  /** Runs `work` in one transaction on this session: commits when it resolves, rolls back when it throws. */
  transaction<T>(work: () => Promise<T>): Promise<T>
  /** Describes a table, or undefined where there is none of that name. */
  describe(table: string): Promise<TableDescription | undefined>
  /** The names of the columns of those of these tables that there are, by the tables' names that were asked for, in one statement. */
  columnNames(tables: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>
  /** The comments of those of these tables and views that there are, by the names that were asked for: a look at many costs as little as one at one. */
  comments(tables: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** The comments of the tables whose names begin so. */
  commentsLike(prefix: string): Promise<ReadonlyMap<string, string>>
  /** The keys that the database holds for a table; none for a view. */
  keys(table: string): Promise<TableKeys>
  /** The tables whose names begin so. */
  tablesLike(prefix: string): Promise<string[]>
  /** Whether the database itself knows a declared type: one of its own words, an extension's, somebody's own. */
  knowsType(declared: string): Promise<boolean>
  /** What a publish of the table of this name could not carry along, or undefined where nothing stands in its way. */
  obstacle(table: string): Promise<Obstacle | undefined>
  /** The tables of this database and schema at which foreign keys of others point, in small letters. */
  parents(): Promise<ReadonlySet<string>>
  /** The foreign keys of other tables that point at this one: such a table keeps its identity and is merged, never swapped. */
  children(table: string): Promise<readonly ChildKey[]>

  /** Takes a named lock for this session without waiting; false where another session holds it. Freed with the session. */
  lock(name: string): Promise<boolean>
  unlock(name: string): Promise<void>
  /** The session that holds the named lock, by the name that it calls itself; undefined where the lock is free. */
  holderOf(name: string): Promise<string | undefined>
  /**
   * Ends a session, whatever it is doing, if it holds the named lock now; false where it doesn't. Its locks are free soon after.
   *
   * @throws {DatabaseError} where this user may not end it: sessions of the same user may always be ended
   */
  endHolder(name: string, session: string): Promise<boolean>

  /**
   * Makes every staging table live, in one atomic step that no reader can see half of.
   * Where the dialect's DDL is transactional it must be called inside `transaction`; elsewhere it commits by itself.
   */
  swap(swaps: readonly Swap[]): Promise<void>
  /** How live rows are replaced by those of staging: for `mergeTables`, inside `transaction`. */
  readonly merging: Merging

  /** Ends the session at once; what is under way on it errors with this reason. */
  abort(reason: Error): void
  close(): Promise<void>
}

/** How a database is opened. */
export interface OpenOptions {
  /** Nothing may be written through it. */
  readonly readOnly?: boolean
  /** Read-only, where no database is there yet: an empty one instead, gone with its last session. */
  readonly orEmpty?: boolean
  /** Seconds until a connection must stand. */
  readonly connectSeconds?: number
  /** Seconds without a sign of life that are borne: a server that may have stalled is looked at more often than that. */
  readonly idleSeconds?: number
}

/** A database that sessions can be had from. */
export interface Database {
  /** The name of its dialect: for `create({ <name>: '…' })` alone, before any session stands. */
  readonly dialectName: string
  /** Where this is, without secrets. */
  readonly place: string
  connect(): Promise<Connection>
  /**
   * A session for statements of our own: one that others have had and left as it was, or a new one. Whoever closes it
   * gives it back. Nothing of a user's runs on it, for nobody knows what that leaves behind. Left out where a session costs nothing.
   */
  borrow?(): Promise<Connection>
  /** Closes what sessions share; sessions are closed by who opened them. */
  close(): Promise<void>
}

/** A session for statements of our own: see `Database.borrow`. */
export const borrow = (database: Pick<Database, 'connect' | 'borrow'>): Promise<Connection> => database.borrow?.() ?? database.connect()
