import type { Connection, Statement } from '../db/connection.ts'
import type { RangeTerms } from '../db/flow.ts'
import { ConfigurationError } from '../errors.ts'
import type { AliasesOf } from '../sql/columns.ts'
import { bindPositions, readBinds } from '../sql/binds.ts'
import { readSelectNames } from '../sql/source.ts'
import { spellingProblems } from '../sql/spelling.ts'
import type { Keys } from '../sql/spelling.ts'
import { flavourOf, tokenize } from '../sql/tokens.ts'
import type { Flavour } from '../sql/tokens.ts'
import { rangesProblems, readFrom, readRange, readRanges } from './ranges.ts'
import type { Ranges, Source, SourceContext } from './source.ts'

/** A source's SQL, one text for each database that it may be read from: `{ mysql: '…', postgres: '…', duckdb: '…' }`. */
type Texts = Readonly<Record<string, string>>

/** Values for the `:named` binds of a source's SQL. */
export interface SourceOptions<Column extends string = string> {
  readonly binds?: Readonly<Record<string, string | number | bigint | boolean | null>>
  /** Reads the rows of a fact in so many ranges of an integer column side by side, over as many sessions with the source and the warehouse. */
  readonly ranges?: Ranges<Column>
}

const optionKeys = { binds: 'may', ranges: 'may' } as const satisfies Keys<keyof SourceOptions>

/**
 * Declares the rows of a dimension or fact by a SELECT, one column a line, its name last.
 *
 * The text speaks its own database's SQL; `:name` is a bind, never text. `:refreshed_at` is the refresh's time (UTC).
 * A name before the text picks one of the configuration's `sources`. Where the source may be one of several databases whose SQL
 * or names differ there is one text for each, and only what all of them bring is a column. `source<Row>(…)` states the names by
 * hand, where the text can't be read.
 *
 * @example
 * const school = source(`
 *   SELECT s.id    AS school_id,
 *          s.name  AS name
 *   FROM   school AS s
 * `)
 * const order = source({ mysql: 'SELECT o.Id AS order_id FROM `Order` AS o', postgres: 'SELECT o.id AS order_id FROM "order" AS o' })
 * const lead = source('crm', `SELECT l.id AS lead_id FROM lead AS l WHERE l.country = :country`, { binds: { country: 'DK' } })
 */
export function source<R extends object = never>(from: string, sql: Stated<R>, options?: SourceOptions<keyof NoInfer<R> & string>): Source<keyof R & string, R>
export function source<R extends object = never>(sql: Stated<R>, options?: SourceOptions<keyof NoInfer<R> & string>): Source<keyof R & string, R>
export function source<const S extends string | Texts>(from: string, sql: S, options?: SourceOptions<NamesOf<S>>): Source<NamesOf<S>>
// The compiler tells what is wrong with the last one alone, where none of them fits.
export function source<const S extends string | Texts>(sql: S, options?: SourceOptions<NamesOf<S>>): Source<NamesOf<S>>
export function source(first: string | Texts, second?: string | Texts | SourceOptions, third?: SourceOptions): Source {
  const { from, sql, options } = typeof first === 'string' && (typeof second === 'string' || isTexts(second))
    ? { from: first, sql: second, options: third }
    : { from: undefined, sql: first, options: second as SourceOptions | undefined }
  const { binds = {}, ranges } = options ?? {}
  const columns = typeof sql === 'string' ? readSelectNames(sql) : namesInEach(sql)
  const statementFor = ({ dialect }: Connection, context: SourceContext): Statement => {
    const text = withoutEnd(typeof sql === 'string' ? sql : textFor(sql, dialect.name), dialect.name)
    const flavour = typeof sql === 'string' ? undefined : flavourOf(dialect.name)
    return bindPositions(text, { ...offered(text, context.binds, flavour), ...binds }, flavour)
  }
  return Object.freeze({
    from,
    text: typeof sql === 'string' ? sql : Object.entries(sql).map(([database, text]) => `-- ${database}\n${text.trim()}`).join('\n\n'),
    ...typeof sql !== 'string' && { textFor: (database: string): string => textFor(sql, database) },
    problems: [...spellingProblems(options ?? {}, optionKeys), ...rangesProblems(ranges, columns)],
    columns,
    ...ranges !== undefined && { ranges },
    async read(context: SourceContext) {
      const session = await context.connect(from)
      const statement = statementFor(session, context)
      return ranges !== undefined && context.takesRanges
        ? readRanges(statement, ranges, session, () => context.connect(from), context) : readFrom(session, statement, context)
    },
    async readRange(context: SourceContext, terms: RangeTerms) {
      const session = await context.connect(from)
      return readRange(statementFor(session, context), terms, session, context)
    },
    async relate(context: SourceContext, warehouse: Connection) {
      const session = await context.connect(from)
      return session.relate?.(statementFor(session, context), warehouse)
    },
  })
}

/** Where names are stated by hand the text may be any; else it is read. */
type Stated<R> = [R] extends [never] ? never : string | Texts
type NamesOf<S extends string | Texts> = S extends string ? AliasesOf<S> : S extends Texts ? InEach<S> : never

/** The names that every text brings. */
type InEach<T extends Texts> = Uncertain<{ [K in keyof T]: (names: AliasesOf<T[K]>) => void }[keyof T] extends (names: infer Names) => void ? Names : never>
type Uncertain<Names> = [Names] extends [never] ? string : Names extends string ? Names : string

const isTexts = (given: object | undefined): given is Texts => {
  const values = Object.values(given ?? {})
  return values.length > 0 && values.every((value) => typeof value === 'string')
}

/** A name that one text lacks is no column that a declaration may count on; where a text can't be read the others speak. */
function namesInEach(texts: Texts): readonly string[] | undefined {
  const known = Object.entries(texts).flatMap(([database, text]) => {
    const names = readSelectNames(text, flavourOf(database))
    return names === undefined ? [] : [names]
  })
  return known[0]?.filter((name) => known.every((names) => names.includes(name)))
}

function textFor(texts: Texts, database: string): string {
  const text = Object.hasOwn(texts, database) ? texts[database] : undefined
  if (text !== undefined) return text
  throw new ConfigurationError(`the source has no text for ${database}`, {
    why: `it is written for ${Object.keys(texts).join(', ') || 'none'}`, wayOut: 'add one, or write one text for all',
  })
}

/** Without the semicolon that ends it: the rows may be asked for by a larger statement. */
function withoutEnd(sql: string, database: string): string {
  const last = tokenize(sql, flavourOf(database)).tokens.at(-1)
  return last?.text === ';' ? sql.slice(0, last.start) + sql.slice(last.end) : sql
}

/** Of the values that every source may use, those that this text asks for. */
function offered(sql: string, values: Readonly<Record<string, unknown>>, flavour: Flavour | undefined): Readonly<Record<string, unknown>> {
  const asked = new Set(readBinds(sql, flavour).map(({ name }) => name))
  return Object.fromEntries(Object.entries(values).filter(([name]) => asked.has(name)))
}
