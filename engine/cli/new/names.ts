import { columnNameProblem, foldName } from '../../sql/identifiers.ts'

/** `InvoiceLine`, `Unit Price`, `HTTPCode` as `invoice_line`, `unit_price`, `http_code`; '' where nothing is left of it. */
export function snakeCase(name: string): string {
  return name
    .replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1_$2').replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1_$2').toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, '_').replaceAll(/^_+|_+$/g, '')
}

/** What TypeScript keeps for itself, and what the files import beside the export. */
const TAKEN = new Set(`await break case catch class const continue debugger default delete do else enum export extends false finally for function if
  implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof
  undefined var void while with yield arguments eval source create scd1 scd2 transaction env defineConfig`.split(/\s+/))

/** Why a name can't be that of an ETL, or undefined where it can. */
export function etlNameProblem(name: string): string | undefined {
  if (!/^[a-z][a-z0-9_]{0,42}$/.test(name)) return 'an ETL\'s name is snake_case, begins with a letter and has at most 43 characters here'
  return TAKEN.has(name) ? 'it is a word of TypeScript\'s or of Starline\'s' : undefined
}

/** Words that a statement can't tell from a column, on one database or another. */
const RESERVED = new Set(`all analyse analyze and any array as asc asymmetric authorization between bigint binary blob both by call cascade case cast char
  character check collate column columns comment condition constraint continue convert create cross cube current_date current_time current_timestamp current_user cursor
  database databases date day dec decimal declare default delayed delete desc describe distinct div do double drop dual each else end enum except exclude exists explain false
  fetch filter float for foreign from full fulltext function generated grant group grouping groups having if ignore in index infile initially inner inout insert int
  integer intersect interval into is join json key keys kill lag lateral lead leading leave left like limit linear lines load localtime localtimestamp lock long loop
  match mod natural not null numeric nulls of offset on only option or order out outer outfile over overlaps partition period persistent placing pivot precision primary
  procedure purge qualify range rank read real recursive references regexp release rename repeat replace require resignal restrict return returning revoke right rlike row
  row_number rows schema schemas select session_user set show similar smallint some spatial sql ssl starting straight_join stored symmetric system system_user table tables
  then time timestamp tinyint to trailing trigger true undo union unique unlock unpivot unsigned update usage use user using uuid values varchar variadic varying virtual
  when where while window with within write xor year zerofill`.split(/\s+/))

/**
 * The warehouse's names for a table's columns, in their order: snake_case, each once, and none that has to be quoted.
 * What is reserved, such as `order` and `id`, gets the ETL's name before it. `taken` are names that the engine fills.
 */
export function columnNames(columns: readonly string[], etl: string, taken: readonly string[]): (string | undefined)[] {
  const used = new Set(taken.map(foldName))
  return columns.map((column) => {
    const plain = snakeCase(column)
    if (plain === '' || !isQuotable(column)) return undefined
    const wanted = plain === 'id' || RESERVED.has(plain) || /^\p{N}/u.test(plain) || used.has(foldName(plain)) ? `${etl}_${plain}` : plain
    const name = [wanted, ...Array.from({ length: columns.length + taken.length }, (_, i) => `${wanted}_${i + 2}`)].find((each) => !used.has(foldName(each))) ?? wanted
    if (columnNameProblem(name) !== undefined) return undefined
    used.add(foldName(name))
    return name
  })
}

/** A column whose name may stand in quotes in any SQL, and in a text of TypeScript. */
const isQuotable = (column: string): boolean => /^[\p{L}\p{M}\p{N}_$ .,/#%()&+-]+$/u.test(column)
