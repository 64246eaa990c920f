import type { Flow, Row } from '../db/flow.ts'
import { DataError } from '../errors.ts'

/** What happens to a row that doesn't fit its table: the load fails, or the row is set aside and counted as rejected. */
export type OnBadRow = 'fail' | 'quarantine'

/** A row that was set aside. */
export interface BadRow {
  /** Its number in the source, from 1 on. */
  readonly row: number
  /** The column that it doesn't fit. */
  readonly column: string
  readonly reason: string
  /** What it brings, as JSON text, long texts cut. */
  readonly values: string
}

/** Rows of one column that were set aside: how many, and the first of them. */
export interface QuarantinedColumn {
  readonly column: string
  readonly rows: number
  readonly row: number
  readonly reason: string
}

/** The rows of one load that don't fit. */
export interface BadRows {
  readonly taken: readonly BadRow[]
  /** Rows are set aside; otherwise the first one fails the load. */
  readonly quarantines: boolean
  /** How many rows may still be set aside. */
  readonly room: () => number
  /** Sets a row aside. @throws {DataError} the error itself where rows aren't set aside, another one where too many were */
  take(row: BadRow, error: DataError): void
  /** Forgets them: the rows are read once more. */
  forget(): void
}

/** What a declaration says of bad rows. */
export interface BadRowRules {
  readonly onBadRow?: OnBadRow
  readonly maxBadRows?: number
}

/** Rows that may be set aside where a declaration doesn't say how many. */
const MOST_BAD_ROWS = 100
/** They are held in memory until the load has ended. */
const MOST_DECLARED = 10_000

/** What is wrong with what a declaration says of bad rows, a sentence each. */
export function badRowProblems({ onBadRow, maxBadRows }: BadRowRules): string[] {
  const known = onBadRow === undefined || ['fail', 'quarantine'].includes(onBadRow)
  if (!known) return [`onBadRow is '${onBadRow as string}', and it can be fail or quarantine`]
  if (maxBadRows === undefined) return []
  if (onBadRow !== 'quarantine') return ["maxBadRows says nothing without onBadRow: 'quarantine'"]
  const isCount = Number.isSafeInteger(maxBadRows) && maxBadRows >= 0 && maxBadRows <= MOST_DECLARED
  return isCount ? [] : [`maxBadRows is ${maxBadRows}, and it can be 0 to ${MOST_DECLARED}`]
}

/** What a kind hands on of it. */
export const badRowRules = ({ onBadRow, maxBadRows }: BadRowRules): BadRowRules =>
  ({ ...onBadRow !== undefined && { onBadRow }, ...maxBadRows !== undefined && { maxBadRows } })

/** Where the bad rows of a load go, as its declaration says; those of a test are written nowhere. */
export function badRowsOf({ onBadRow = 'fail', maxBadRows = MOST_BAD_ROWS }: BadRowRules, etl: string, isWritten = true): BadRows {
  const taken: BadRow[] = []
  return {
    taken,
    quarantines: onBadRow === 'quarantine',
    room: () => maxBadRows - taken.length,
    take(row, error) {
      if (onBadRow !== 'quarantine') throw error
      taken.push(row)
      if (taken.length > maxBadRows) throw tooMany(etl, taken, maxBadRows, error, isWritten)
    },
    forget() { taken.length = 0 },
  }
}

function tooMany(etl: string, taken: readonly BadRow[], most: number, cause: DataError, isWritten: boolean): DataError {
  const samples = taken.slice(0, 3).map(({ row, column, reason }) => `row ${row}, column ${column}: ${reason}`)
  return new DataError(most === 0 ? 'a row does not fit' : `more than ${most === 1 ? 'one row does' : `${most} rows do`} not fit`, {
    where: etl, why: samples.join('; '), cause,
    wayOut: `${isWritten ? 'look at them in etl_bad_row and correct the source' : 'correct the source, which only was tested: nothing was written, these are the first that were met'}, or raise maxBadRows`,
  })
}

/** What was set aside, by column: for the report. */
export function quarantined({ taken }: BadRows): QuarantinedColumn[] {
  const columns = new Map<string, { column: string; rows: number; row: number; reason: string }>()
  for (const { column, row, reason } of taken) {
    const known = columns.get(column)
    if (known === undefined) columns.set(column, { column, rows: 1, row, reason })
    else known.rows += 1
  }
  return [...columns.values()]
}

const LONGEST_VALUE = 200
const LONGEST_ROW = 4_000

/** A row as JSON text: integers beyond 2^53 as texts, bytes in hexadecimal digits, long texts cut. */
export function rowText(columns: Flow['columns'], row: Row): string {
  const text = JSON.stringify(Object.fromEntries(columns.map(({ name }, i) => [name, shown(row[i])])))
  return text.length > LONGEST_ROW ? `${text.slice(0, LONGEST_ROW)}…` : text
}

function shown(value: unknown): unknown {
  if (typeof value === 'string') return cut(value)
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return cut(`0x${Buffer.from(value.subarray(0, LONGEST_VALUE)).toString('hex')}`)
  // JSON has no word for them.
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value
  return cut(asText(value))
}

/** What slipped past the types, such as a driver's Date; some of it has no JSON, or no end. */
function asText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? typeof value
  } catch {
    return typeof value
  }
}

const cut = (text: string): string => text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text
