/**
 * Texts without a type, as files have them, parsed by SQL: those of which the typed boundary (check.ts) surely makes the
 * same value. Like the judges of bytes it says no where it isn't sure; then the rows are read, and looked at one by one.
 */

import type { Made } from '../dialect.ts'
import type { ValueType } from '../value-type.ts'
import { quoteText } from './quote.ts'
import { typeSql, typeWord } from './type-words.ts'

/** SQL over what isn't NULL: whether it is surely of a type, and its value then. */
export interface Judged {
  readonly sure: string
  readonly value: string
}
type Of<K extends ValueType['kind']> = Extract<ValueType, { kind: K }>

/** As many characters of a number are read alike by everybody who reads doubles rightly. */
const PLAIN_DOUBLE = 15
/** The most digits after a second that the boundary reads. */
const MOST_FRACTION = 9

/** Where nobody else makes it, an expression is worked out wherever it stands. */
const inPlace: Made = (expression) => expression

/** How texts become values of a type; undefined for a type that is not read so. */
export function judgedText(text: string, to: ValueType, made = inPlace): Judged | undefined {
  switch (to.kind) {
    case 'integer': return integerText(text, to, made)
    case 'decimal': return decimalText(text, to, made)
    case 'float': return to.bits === 64 ? { sure: `strlen(${text}) <= ${PLAIN_DOUBLE} AND regexp_full_match(${text}, '-?[0-9]+([.][0-9]+)?')`, value: cast(text, 'DOUBLE') } : undefined
    case 'boolean': return { sure: `lower(${text}) IN ('true', 't', '1', 'false', 'f', '0')`, value: `lower(${text}) IN ('true', 't', '1')` }
    case 'text': return to.trims || to.noNul ? undefined : { sure: shortEnough(text, to), value: text }
    case 'enum': return { sure: `${text} IN (${to.values.map(quoteText).join(', ')})`, value: text }
    case 'date': return dayText(text, made(cast(text, 'DATE')))
    case 'timestamp': return to.min === undefined && to.max === undefined ? instantText(text, to, made) : undefined
    case 'uuid': return { sure: `strlen(${text}) = 36 AND ${cast(text, 'UUID')}::VARCHAR = lower(${text})`, value: cast(text, 'UUID') }
    default: return undefined
  }
}

/** A value of a query as it goes into a column, or an error of the statement. */
export function guarded(value: string, to: ValueType, from: ValueType, made?: Made): string {
  const judged = from.kind === 'text' && from.untyped ? judgedText(value, to, made) : judgedValue(value, to)
  return judged === undefined ? value : `CASE WHEN ${value} IS NULL THEN NULL WHEN ${judged.sure} THEN ${judged.value} ELSE error(${quoteText(`${columnOf(value)} has to be looked at: `)} || left(${value}::VARCHAR, 60)) END`
}

/** Which column an expression names, for a person. */
const columnOf = (value: string): string => `column ${/"([^"]+)"$/.exec(value)?.[1] ?? value}`

/** DuckDB has days and numbers that nobody else has. */
function judgedValue(value: string, { kind }: ValueType): Judged | undefined {
  switch (kind) {
    case 'date': return { sure: `${value} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'`, value }
    case 'timestamp': return { sure: `${value} >= TIMESTAMP '0001-01-01 00:00:00' AND ${value} < TIMESTAMP '10000-01-01 00:00:00'`, value }
    case 'float': return { sure: `isfinite(${value})`, value }
    default: return undefined
  }
}

const cast = (text: string, sql: string): string => `TRY_CAST(${text} AS ${sql})`

function integerText(text: string, to: Of<'integer'>, made: Made): Judged {
  const sql = typeSql(to)
  const own = typeWord(sql)?.type
  const read = made(cast(text, sql))
  const within = own?.kind === 'integer' && own.min === to.min && own.max === to.max ? '' : ` AND ${read} BETWEEN ${to.min} AND ${to.max}`
  return { sure: `${written(text, read)}${within}`, value: read }
}

/** Digits beyond the scale would be rounded, unless they are zeros. */
function decimalText(text: string, to: Of<'decimal'>, made: Made): Judged | undefined {
  const sql = typeSql(to)
  if (sql === 'VARCHAR') return undefined
  const fraction = to.scale === 0 ? '0+' : `([0-9]{1,${to.scale}}0*|0+)`
  const read = made(cast(text, sql))
  return { sure: `(${written(text, read)} OR (regexp_full_match(${text}, '-?[0-9]+([.]${fraction})?') AND ${read} IS NOT NULL))`, value: read }
}

/** What is written as DuckDB would write it is what DuckDB has read. */
const written = (text: string, read: string): string => `${read}::VARCHAR = ${text}`

/** A character takes a byte at least, so what has few bytes needs no counting. */
function shortEnough(text: string, { length = Infinity, bytes = Infinity }: Of<'text'>): string {
  const most = Math.min(length, bytes)
  if (most === Infinity) return 'TRUE'
  return `(strlen(${text}) <= ${most}${length === Infinity ? '' : ` OR length(${text}) <= ${length}${bytes === Infinity ? '' : ` AND strlen(${text}) <= ${bytes}`}`})`
}

/** Later years have more than ten characters, and earlier ones a word. */
const dayText = (text: string, read: string): Judged => ({ sure: `strlen(${text}) = 10 AND ${written(text, read)}`, value: read })

/** Whole seconds as DuckDB writes them; else the same with a T, a Z or digits after the second; or a day. */
function instantText(text: string, { precision }: Of<'timestamp'>, made: Made): Judged {
  const fraction = precision === 0 ? `0{1,${MOST_FRACTION}}` : `[0-9]{1,${precision}}0{0,${MOST_FRACTION - precision}}`
  const read = made(cast(text, 'TIMESTAMP'))
  const long = `${read} IS NOT NULL AND regexp_full_match(${text}, '.{10}[ T].{8}([.]${fraction})?Z?') AND replace(left(${text}, 19), 'T', ' ') = ${cast(`left(${text}, 19)`, 'TIMESTAMP')}::VARCHAR`
  return { sure: `(strlen(${text}) = 19 AND ${written(text, read)} OR ${long} OR ${dayText(text, cast(text, 'DATE')).sure})`, value: read }
}
