import { ConfigurationError } from '../../errors.ts'
import type { ColumnDefinition, TableDefinition } from '../../sql/table-definition.ts'
import { foldName } from '../../sql/identifiers.ts'
import { quoteName, quoteText } from '../duckdb/quote.ts'
import { typeWord } from '../duckdb/type-words.ts'
import type { ValueType } from '../value-type.ts'

/** What a DataError of a strict cast begins with in DuckDB's words. */
export const CAST_MARK = 'not as declared: '

/**
 * The columns of a file as expressions, each text cast to the type that `schema.sql` declares for it.
 *
 * @throws {ConfigurationError} for a declared column that the file lacks, or a type that no text has
 */
export function castColumns(file: string, columns: readonly string[], definition: TableDefinition | undefined): string {
  const missing = definition?.columns.find((column) => !columns.some((name) => foldName(name) === foldName(column.name)))
  if (missing !== undefined) {
    throw new ConfigurationError(`schema.sql declares a column ${missing.name}, and the file has none`, { where: file, why: `It has ${columns.join(', ')}` })
  }
  return columns.map((name) => {
    const declared = definition?.columns.find((column) => foldName(column.name) === foldName(name))
    return declared === undefined ? quoteName(name) : `${castColumn(file, name, declared, rowWords(columns, name, definition))} AS ${quoteName(name)}`
  }).join(',\n  ')
}

/**
 * What tells a person which row it is, as an expression: its primary key as schema.sql declares it, else its first column.
 * Few columns: the reader has to look at them although nobody asks.
 */
function rowWords(columns: readonly string[], column: string, definition: TableDefinition | undefined): string {
  const isOther = (name: string): boolean => foldName(name) !== foldName(column)
  const keys = columns.filter((name) => definition?.primaryKey.some((key) => foldName(key) === foldName(name)))
  const told = (keys.some(isOther) ? keys : columns.slice(0, 1)).filter(isOther)
  if (told.length === 0) return ''
  return ` || ' (the row of ' || ${told.map((name) => `${quoteText(`${name} `)} || COALESCE(to_json(${quoteName(name)})::VARCHAR, 'NULL')`).join(" || ', ' || ")} || ')'`
}

function castColumn(file: string, name: string, declared: ColumnDefinition, row: string): string {
  const word = typeWord(declared.type === 'KEY' ? 'INTEGER' : declared.type)
  const text = quoteName(name)
  const cast = word === undefined ? undefined : strictCast(text, word.sql, word.type)
  if (cast === undefined) {
    throw new ConfigurationError(`schema.sql declares ${name} as ${declared.type}, which no text of a file can become`, { where: file })
  }
  if (cast === text) return text
  const refusal = `error(${quoteText(`${CAST_MARK}${file}, column ${name}: `)} || to_json(${text}) || ${quoteText(` is no ${declared.type}`)}${row})`
  return `CASE WHEN ${text} IS NULL THEN NULL ELSE COALESCE(${cast}, ${refusal}) END`
}

/** An expression that is NULL where a text is not exactly of the type; undefined where no text is. */
function strictCast(text: string, sql: string, type: ValueType): string | undefined {
  const written = (pattern: string, cast = `TRY_CAST(${text} AS ${sql})`): string => `CASE WHEN regexp_full_match(${text}, '${pattern}') THEN ${cast} END`
  switch (type.kind) {
    case 'integer': return written(`-?[0-9]+`, between(`TRY_CAST(${text} AS ${sql})`, type.min, type.max))
    // Digits beyond the scale would be rounded, unless they are zeros.
    case 'decimal': return written(`-?([0-9]+(\\.[0-9]+)?|\\.[0-9]+)`, `CASE WHEN regexp_full_match(${text}, '[^.]*(\\.[0-9]{0,${type.scale}}0*)?') THEN TRY_CAST(${text} AS ${sql}) END`)
    case 'float': return written(`-?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?`, `CASE WHEN isfinite(TRY_CAST(${text} AS ${sql})) THEN TRY_CAST(${text} AS ${sql}) END`)
    case 'boolean': return `CASE lower(${text}) WHEN 'true' THEN TRUE WHEN 't' THEN TRUE WHEN '1' THEN TRUE WHEN 'false' THEN FALSE WHEN 'f' THEN FALSE WHEN '0' THEN FALSE END`
    case 'date': return written('[0-9]{4}-[0-9]{2}-[0-9]{2}')
    // By way of TIMESTAMPTZ, which takes an offset off; TIMESTAMP would ignore it.
    case 'timestamp': return written(INSTANT.replace('PRECISION', String(type.precision)), `timezone('UTC', TRY_CAST(${text} AS TIMESTAMPTZ))::${sql}`)
    case 'time': return written(`[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{0,${type.precision}}0*)?`)
    case 'uuid': return written('[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}')
    case 'json': return `CASE WHEN json_valid(${text}) THEN ${text}::JSON END`
    case 'enum': return `TRY_CAST(${text} AS ${sql})`
    case 'text': return type.length === undefined ? text : `CASE WHEN length(${text}) <= ${type.length} THEN ${text} END`
    default: return undefined
  }
}

const INSTANT = '[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{0,PRECISION}0*)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?'

function between(expression: string, min: bigint, max: bigint): string {
  return `CASE WHEN ${expression} BETWEEN ${min} AND ${max} THEN ${expression} END`
}
