import type { ResultSetHeader } from 'mysql2'
import { asError, DatabaseError, DataError } from '../../errors.ts'
import { redact } from '../../redact.ts'
import { refusesData } from './errors.ts'
import { ask } from './server.ts'
import type { Wire } from './wire.ts'

/** What the server says that it did with the rows. */
export interface Counts {
  readonly records: number
  readonly affected: number
  readonly skipped: number
  readonly warnings: number
}

/** Of a LOAD DATA; undefined where the server's words can't be read. */
export function infileCounts(header: ResultSetHeader | undefined): Counts | undefined {
  const [, records, skipped, warnings] = /Records: (\d+)\s+Deleted: \d+\s+Skipped: (\d+)\s+Warnings: (\d+)/.exec(header?.info ?? '') ?? []
  if (header === undefined || records === undefined) return undefined
  return { records: Number(records), affected: header.affectedRows, skipped: Number(skipped), warnings: Number(warnings) }
}

/** Of an INSERT of so many rows: a single one gets no words. */
export function insertCounts(header: ResultSetHeader | undefined, rows: number): Counts | undefined {
  if (header === undefined) return undefined
  const [, records = rows, duplicates = 0, warnings = 0] = /Records: (\d+)\s+Duplicates: (\d+)\s+Warnings: (\d+)/.exec(header.info) ?? []
  return {
    records: Number(records), affected: header.affectedRows, skipped: Number(duplicates),
    warnings: Math.max(Number(warnings), header.warningStatus),
  }
}

/**
 * What was sent, what was read and what was taken must agree, without a warning: LOAD DATA LOCAL changes values and drops
 * rows with a mere warning, and even a strict INSERT cuts some.
 *
 * @throws {DataError} with the server's first warnings
 */
export async function gate(wire: Wire, table: string, sent: number, counts: Counts | undefined): Promise<void> {
  if (counts?.records === sent && counts.affected === sent && counts.skipped === 0 && counts.warnings === 0) return
  const warnings = await ask(wire, 'SHOW WARNINGS LIMIT 3')
  const said = counts === undefined
    ? 'the server did not say how many rows it took'
    : `${sent} rows sent, ${counts.records} read, ${counts.affected} taken, ${counts.skipped} skipped, ${counts.warnings} warnings`
  throw new DataError('the database did not take the rows as they are', {
    where: table,
    why: redact([said, ...warnings.map((each) => String(each['Message']))].join('; ')),
    wayOut: 'correct the values in the source, or declare types that hold them',
  })
}

/** A refusal of the data itself is a DataError, by whichever way it came. */
export function asDataError(error: unknown, table: string): Error {
  if (!(error instanceof DatabaseError) || !refusesData(error)) return asError(error)
  return new DataError('the database did not take the rows as they are', {
    where: table, ...error.why && { why: error.why }, wayOut: 'correct the values in the source, or declare types that hold them', cause: error,
  })
}
