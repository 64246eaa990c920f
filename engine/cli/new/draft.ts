import { BOOKKEEPING } from '../../dimension/dimension.ts'
import { ConfigurationError } from '../../errors.ts'
import { didYouMean } from '../../sql/did-you-mean.ts'
import { foldName } from '../../sql/identifiers.ts'
import { createType, isText } from './create-type.ts'
import { columnNames, snakeCase } from './names.ts'
import type { LiveColumn, LiveTable } from './read-table.ts'
import { tieOf } from './ties.ts'
import type { NamedDimension, Tie } from './ties.ts'

/** A column on its way: what the source calls it, what the star does, and its type there. */
export interface DraftColumn {
  readonly of: string
  readonly as: string
  readonly type: string
  readonly nullable: boolean
  /** The type that the SELECT casts it to. */
  readonly cast?: string
}

/** What is to be declared, before it is text. */
export interface Draft {
  readonly name: string
  readonly kind: string
  /** The source's name in the configuration; undefined for the default one. */
  readonly source: string | undefined
  readonly live: LiveTable
  /** What the source selects. */
  readonly selected: readonly DraftColumn[]
  /** What the create takes in, beside keys and bookkeeping. */
  readonly stored: readonly DraftColumn[]
  /** The natural key of a dimension, the grain of a fact: empty where it isn't known. */
  readonly unique: readonly string[]
  /** Whether every warehouse holds it as the source does: two texts may be one to a collation. */
  readonly isUnique: boolean
  /** A dimension's surrogate key. */
  readonly key: string
  /** A fact's key columns, and the dimensions that they look up. */
  readonly keys: readonly { readonly column: string; readonly dimension: string; readonly by: readonly string[] }[]
  /** Columns that no load carries, with their types. */
  readonly leftOut: readonly string[]
}

/** MySQL counts the bytes of a row: so many characters of four bytes, and room for the rest. */
const ROW_CHARACTERS = 12_000

/** A dimension of a live table. @throws {ConfigurationError} where it has no natural key and none was stated */
export function draftDimension(live: LiveTable, { name, source, kind, lookup }: { name: string; source: string | undefined; kind: string; lookup: readonly string[] }): Draft {
  const key = `${name}_key`
  const { columns, leftOut } = draftColumns(live, name, [key, ...kind === 'scd2' ? BOOKKEEPING : [], 'row_no'], lookup)
  const unique = naturalKey(live, columns, lookup)
  const stored = columns.map((column) => (unique.includes(column.as) ? { ...column, nullable: false } : column))
  return { name, kind, source, live, selected: stored, stored, unique, isUnique: holdsUnique(stored, unique), key, keys: [], leftOut }
}

/** A fact of a live table: its foreign keys become keys where there are dimensions for them. */
export function draftFact(live: LiveTable, { name, source, kind, dimensions }: { name: string; source: string | undefined; kind: string; dimensions: readonly NamedDimension[] }): Draft {
  const place = ({ columns: [first] }: Tie): number => live.columns.findIndex((column) => column.name === first)
  const ties = live.foreignKeys.flatMap((foreignKey) => tieOf(foreignKey, source, dimensions) ?? []).toSorted((a, b) => place(a) - place(b))
  const { columns, leftOut } = draftColumns(live, name, ['row_no'], live.primaryKey)
  const used = new Set(columns.map(({ as }) => foldName(as)))
  const keys = ties.filter((tie) => tie.columns.every((of) => columns.some((column) => column.of === of))).map((tie) => {
    const column = keyName(tie, columns, used)
    used.add(foldName(column))
    return { column, dimension: tie.name, by: tie.columns.map((of) => asOf(columns, of)) }
  })
  // What is looked up is not stored as well, but where rows are told apart by it: two unknown members would be one.
  const looked = new Set(keys.flatMap(({ by }) => by))
  const unique = live.primaryKey.map((of) => asOf(columns, of))
  const stored = columns.filter(({ as }) => !looked.has(as) || unique.includes(as))
  const grain = unique.every((as) => as !== '') ? unique : []
  return { name, kind, source, live, selected: columns, stored, unique: grain, isUnique: holdsUnique(stored, grain), key: '', keys, leftOut }
}

const asOf = (columns: readonly DraftColumn[], of: string): string => columns.find((column) => column.of === of)?.as ?? ''

/** `buyer_id` is looked up by `buyer_key`; several columns together by the dimension's name. */
function keyName({ columns: [of = '', ...more], name }: Tie, columns: readonly DraftColumn[], used: ReadonlySet<string>): string {
  const base = more.length > 0 ? name : asOf(columns, of).replace(/_(id|fk|key|no|code)$/, '')
  return [`${base}_key`, `${base}_${name}_key`, ...Array.from({ length: 9 }, (_, i) => `${base}_key_${i + 2}`)].find((each) => !used.has(foldName(each))) ?? `${base}_key`
}

function draftColumns(live: LiveTable, name: string, taken: readonly string[], lookup: readonly string[]): { readonly columns: readonly DraftColumn[]; readonly leftOut: readonly string[] } {
  const names = columnNames(live.columns.map((column) => column.name), name, taken)
  const drafted = live.columns.map((column, at) => {
    const as = names[at]
    const isLookup = live.primaryKey.includes(column.name) || lookup.some((each) => isCalled(each, column.name, as))
    return { column, as, type: createType(column, isLookup) }
  })
  const columns = drafted.flatMap(({ column: { name: of, nullable, cast }, as, type }) =>
    (as === undefined || type === undefined ? [] : [{ of, as, type, nullable, ...cast !== undefined && { cast } }]))
  const leftOut = drafted.filter(({ as, type }) => as === undefined || type === undefined).map(({ column }) => `${JSON.stringify(column.name)} (${wordsOf(column)})`)
  if (columns.length === 0) throw new ConfigurationError(`the table ${live.table} has no column that a load carries`, { why: leftOut.join(', ') })
  return { columns: withinRow(columns), leftOut }
}

const wordsOf = ({ type }: LiveColumn): string => (type.kind === 'other' ? type.name : 'its name')

/** The longest texts leave the row where it would be too long. */
function withinRow(columns: readonly DraftColumn[]): readonly DraftColumn[] {
  const lengthOf = ({ type }: DraftColumn): number => Number(/^VARCHAR\((\d+)\)$/.exec(type)?.[1] ?? 0)
  const all = columns.reduce((sum, column) => sum + lengthOf(column), 0)
  return all <= ROW_CHARACTERS ? columns : columns.map((column) => (lengthOf(column) > 100 && lengthOf(column) <= 255 ? { ...column, type: 'TEXT' } : column))
}

const isCalled = (asked: string, of: string, as: string | undefined): boolean => [of, as ?? ''].some((each) => foldName(each) === foldName(asked))

function naturalKey({ table, primaryKey }: LiveTable, columns: readonly DraftColumn[], lookup: readonly string[]): string[] {
  const there = columns.map(({ as }) => as)
  if (lookup.length === 0 && primaryKey.length === 0) {
    throw new ConfigurationError(`the table ${table} has no primary key, so that nothing tells its members apart`, {
      wayOut: `say by what a member is known again: --lookup ${there[0] ?? ''}; there are ${there.join(', ')}`,
    })
  }
  return (lookup.length > 0 ? lookup : primaryKey).map((asked) => {
    const found = columns.find(({ of, as }) => isCalled(asked, of, as))
    if (found !== undefined) return found.as
    const meant = didYouMean(snakeCase(asked), there)
    throw new ConfigurationError(`the table ${table} has no column ${asked} that a load carries`, { wayOut: meant === undefined ? `there are ${there.join(', ')}` : `did you mean ${meant}?` })
  })
}

function holdsUnique(columns: readonly DraftColumn[], unique: readonly string[]): boolean {
  const types = unique.map((as) => columns.find((column) => column.as === as)?.type ?? '')
  return unique.length > 0 && !types.some((type) => isText(type) || /BLOB|JSON/.test(type))
}
