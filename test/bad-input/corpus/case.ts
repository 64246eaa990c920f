/** What a case of the corpus is: a text on its way into a column, and what becomes of it. */

export type SourceName = 'CSV' | 'JSON' | 'MariaDB' | 'PostgreSQL' | 'DuckDB'
export type WarehouseName = 'MariaDB' | 'PostgreSQL' | 'DuckDB'

/** The row is refused, naming the column. */
export const refused: unique symbol = Symbol('refused')
type Outcome = string | null | typeof refused

interface Special {
  /** JSON as it stands in the file, where it isn't the text in quotes. The case is then one of JSON alone. */
  readonly token?: string
  /** Databases that hold this although it isn't written as their own values are. */
  readonly also?: readonly SourceName[]
  /** No source but these has it. */
  readonly only?: readonly SourceName[]
  /** What becomes of it where a warehouse has a limit of its own. */
  readonly on?: Readonly<Partial<Record<WarehouseName, Outcome>>>
}

/** The text as a file brings it, null for NULL; what arrives; and what is special. */
export type Case = readonly [given: string | null, out: Outcome, special?: Special]

/** The cases of one family, by the column that they go to. */
export type Family = Readonly<Partial<Record<ColumnName, readonly Case[]>>>

interface Column {
  /** The type in the create. */
  readonly type: string
  /** The type in each source database, and what such a column can hold as it is written; all texts unless told. */
  readonly sources: Readonly<Record<'MariaDB' | 'PostgreSQL' | 'DuckDB', string>>
  readonly holds?: RegExp | Readonly<Record<'MariaDB' | 'PostgreSQL' | 'DuckDB', RegExp>>
}

const whole = { sources: { MariaDB: 'DECIMAL(65,0)', PostgreSQL: 'NUMERIC(66,0)', DuckDB: 'HUGEINT' }, holds: /^-?(?:0|[1-9]\d{0,36})$/ }
const fraction = { sources: { MariaDB: 'DECIMAL(65,12)', PostgreSQL: 'NUMERIC', DuckDB: 'DECIMAL(38,12)' }, holds: /^-?(?:0|[1-9]\d{0,25})(?:\.\d{1,12})?$/ }
const characters = { sources: { MariaDB: 'LONGTEXT CHARACTER SET utf8mb4', PostgreSQL: 'TEXT', DuckDB: 'VARCHAR' } }
const instant = {
  sources: { MariaDB: 'DATETIME(6)', PostgreSQL: 'TIMESTAMP', DuckDB: 'TIMESTAMP' }, holds: /^(?:1[5-9]|20)\d\d-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?$/,
}

export const COLUMNS = {
  c_tiny: { type: 'TINYINT', ...whole },
  c_small: { type: 'SMALLINT', ...whole },
  c_medium: { type: 'MEDIUMINT', ...whole },
  c_int: { type: 'INT', ...whole },
  c_big: { type: 'BIGINT', ...whole },
  c_utiny: { type: 'TINYINT UNSIGNED', ...whole },
  c_usmall: { type: 'SMALLINT UNSIGNED', ...whole },
  c_uint: { type: 'INT UNSIGNED', ...whole },
  c_ubig: { type: 'BIGINT UNSIGNED', ...whole },
  c_price: { type: 'DECIMAL(10,2)', ...fraction },
  c_share: { type: 'DECIMAL(3,3)', ...fraction },
  c_huge: { type: 'DECIMAL(38,0)', ...whole },
  // MySQL sends six digits of a FLOAT only, and no load takes them.
  c_single: { type: 'FLOAT', sources: { MariaDB: 'BIGINT', PostgreSQL: 'REAL', DuckDB: 'FLOAT' }, holds: { MariaDB: /^\d{8}$/, PostgreSQL: /^-?\d\.\d$/, DuckDB: /^-?\d\.\d$/ } },
  c_double: { type: 'DOUBLE', sources: { MariaDB: 'DOUBLE', PostgreSQL: 'DOUBLE PRECISION', DuckDB: 'DOUBLE' }, holds: /^-?\d\.\d{1,17}(?:[eE][+-]?(?:[12]?\d?\d|30[0-7]))?$/ },
  c_flag: { type: 'BOOLEAN', sources: { MariaDB: 'TINYINT', PostgreSQL: 'SMALLINT', DuckDB: 'TINYINT' }, holds: /^(?:0|1|2|-1)$/ },
  c_day: { type: 'DATE', sources: { MariaDB: 'DATE', PostgreSQL: 'DATE', DuckDB: 'DATE' }, holds: /^(?:1[5-9]|20)\d\d-\d\d-\d\d$/ },
  c_instant: { type: 'TIMESTAMP', ...instant },
  c_second: { type: 'DATETIME(0)', ...instant },
  c_clock: { type: 'TIME(6)', sources: { MariaDB: 'TIME(6)', PostgreSQL: 'TIME(6)', DuckDB: 'TIME' }, holds: /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?$/ },
  c_name: { type: 'VARCHAR(10)', ...characters },
  c_text: { type: 'TEXT', ...characters },
  c_bytes: { type: 'TINYTEXT', ...characters },
  c_code: { type: 'CHAR(3)', ...characters },
  c_state: { type: "ENUM('on','off')", ...characters },
  c_json: { type: 'JSON', ...characters },
  c_uuid: { type: 'UUID', ...characters },
  c_must: { type: 'VARCHAR(10) NOT NULL', ...characters },
} as const satisfies Readonly<Record<string, Column>>

export type ColumnName = keyof typeof COLUMNS
export const columnNames = Object.keys(COLUMNS) as readonly ColumnName[]

/** A case with its number: the row that it is in every table. */
export interface Numbered {
  readonly number: number
  readonly family: string
  readonly column: ColumnName
  readonly given: string | null
  readonly out: Outcome
  readonly special: Special
}

export function numbered(families: Readonly<Record<string, Family>>): Numbered[] {
  const cases = Object.entries(families).flatMap(([family, columns]) => columnNames.flatMap((column) => (columns[column] ?? [])
    .map(([given, out, special = {}]: Case): Omit<Numbered, 'number'> => ({ family, column, given, out, special }))))
  return cases.map((each, i) => ({ number: i + 1, ...each }))
}

/** Whether a source can hold a case. */
export function expressible({ column, given, special }: Numbered, source: SourceName): boolean {
  if (special.token !== undefined) return source === 'JSON'
  if (special.only !== undefined) return special.only.includes(source)
  if (source === 'CSV' || source === 'JSON' || given === null || special.also?.includes(source) === true) return true
  const { holds }: Column = COLUMNS[column]
  if (holds === undefined) return !(source === 'PostgreSQL' && given.includes('\0'))
  return (holds instanceof RegExp ? holds : holds[source]).test(given) && isReal(given)
}

/** No database holds 30 February. */
function isReal(given: string): boolean {
  const [, year, month, day, time = ''] = /^(\d{4})-(\d\d)-(\d\d)(.*)$/.exec(given) ?? []
  if (year === undefined) return true
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  return date.toISOString().startsWith(`${year}-${month}-${day}`) && (time === '' || /^ (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d/.test(time))
}

export const outcomeOn = ({ out, special }: Numbered, warehouse: WarehouseName): Outcome =>
  special.on !== undefined && Object.hasOwn(special.on, warehouse) ? special.on[warehouse]! : out
