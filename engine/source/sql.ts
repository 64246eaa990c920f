import type { AliasesOf } from '../sql/columns.ts'
import { bindPositions, readBinds } from '../sql/binds.ts'
import { readSelectNames } from '../sql/source.ts'
import type { Source, SourceContext } from './source.ts'

/** Values for the `:named` binds of a source's SQL. */
export interface SourceOptions {
  readonly binds?: Readonly<Record<string, string | number | bigint | boolean | null>>
}

/**
 * Declares the rows of a dimension or fact by a SELECT, one column a line, its name last.
 *
 * The text speaks its own database's SQL; `:name` is a bind, never text. `:refreshed_at` is the refresh's time (UTC).
 * A name before the text picks one of the configuration's `sources`.
 *
 * @example
 * const school = source(`
 *   SELECT s.id    AS school_id,
 *          s.name  AS name
 *   FROM   school AS s
 * `)
 * const lead = source('crm', `SELECT l.id AS lead_id FROM lead AS l WHERE l.country = :country`, { binds: { country: 'DK' } })
 */
export function source<const S extends string>(sql: S, options?: SourceOptions): Source<AliasesOf<S>>
export function source<const S extends string>(from: string, sql: S, options?: SourceOptions): Source<AliasesOf<S>>
/** The same with the names stated by hand, where the text can't be read. */
export function source<R extends object>(sql: string, options?: SourceOptions): Source<keyof R & string, R>
export function source<R extends object>(from: string, sql: string, options?: SourceOptions): Source<keyof R & string, R>
export function source(first: string, second?: string | SourceOptions, third?: SourceOptions): Source {
  const [from, sql, options] = typeof second === 'string' ? [first, second, third] : [undefined, first, second]
  const binds = options?.binds ?? {}
  return Object.freeze({
    from,
    text: sql,
    columns: readSelectNames(sql),
    async read(context: SourceContext) {
      const session = await context.connect(from)
      return session.stream(bindPositions(sql, { ...offered(sql, context.binds), ...binds }), context)
    },
  })
}

/** Of the values that every source may use, those that this text asks for. */
function offered(sql: string, values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const asked = new Set(readBinds(sql).map(({ name }) => name))
  return Object.fromEntries(Object.entries(values).filter(([name]) => asked.has(name)))
}
