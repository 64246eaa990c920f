import { BusyError, ConfigurationError, DataError, DatabaseError, StarlineError } from '../../errors.ts'
import { redact } from '../../redact.ts'

/** What another transaction did first: a new attempt sees it. */
const CONFLICT = /Transaction conflict|Conflict on (update|delete|tuple)|write-write conflict|Failed to commit|cannot (update|delete).*altered|has been altered/i
/** Somebody has ended the statement: another attempt may be left alone. */
const INTERRUPTED = /^INTERRUPT Error/
/** A disk without room fails a commit too, and the next one no less. */
const NO_ROOM = /No space left|disk (is )?full|File too large|quota exceeded/i
const LOCKED = /Could not set lock on file/
const DATA = /^(Constraint|Conversion|Out of Range) Error|constraint|duplicate key/i
/** Binders point at the place by lines of their own, and the CSV reader lists options that nobody here has. */
const NOISE = /\n\s*LINE \d+:[\s\S]*$|\n?\s*Possible (fixes|solutions?):[\s\S]*$/i

/** DuckDB's own words on one line. */
export function wordsOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return redact(message.replace(NOISE, '').replaceAll(/\s*\n+\s*/g, ' ').trim())
}

/** The first words of its message are DuckDB's code: `Constraint`, `Catalog`, `IO`. */
function codeOf(words: string): string | undefined {
  return /^([A-Z][A-Za-z ]*?) Error:/.exec(words)?.[1] ?? (words.startsWith('FATAL') ? 'FATAL' : undefined)
}

/** An error of a statement. */
export function databaseError(error: unknown, place: string): StarlineError {
  if (error instanceof StarlineError) return error
  const why = wordsOf(error)
  const code = codeOf(why)
  return new DatabaseError('DuckDB refused a statement', {
    where: place, why, cause: error, transient: INTERRUPTED.test(why) || (CONFLICT.test(why) && !NO_ROOM.test(why)), refusesRows: DATA.test(why), ...code !== undefined && { code }, ...wayOutOf(why),
  })
}

/** An error of a bulk load: where DuckDB says that the rows are to blame it is a DataError. Others stay what they are. */
export function loadError(error: unknown, place: string, table: string): unknown {
  if (!(error instanceof DatabaseError) || error.transient || !error.refusesRows) return error
  return new DataError(`the rows don't go into ${table}`, { where: place, cause: error, ...error.why !== undefined && { why: error.why } })
}

/** An error of opening the file. */
export function openError(error: unknown, place: string, path: string): StarlineError {
  if (error instanceof StarlineError) return error
  const why = wordsOf(error)
  if (/database does not exist/.test(why)) {
    return new ConfigurationError(`there is no file ${path}`, { where: place, cause: error, wayOut: `correct the path, which is meant from ${process.cwd()} on; a warehouse is made by its first load` })
  }
  if (!LOCKED.test(why)) return new DatabaseError(`DuckDB can't open ${path}`, { where: place, why, cause: error, code: codeOf(why) ?? 'IO' })
  return new BusyError(`another process has ${path} open`, {
    where: place, why: `DuckDB lets one process at a time open a file${holderOf(why)}`, cause: error,
    wayOut: 'wait for it or close it; where many processes must load, use MySQL or MariaDB as the warehouse',
  })
}

function holderOf(why: string): string {
  const pid = /\(PID (\d+)\)/.exec(why)?.[1]
  return pid === undefined ? '' : `, and process ${pid} has it`
}

function wayOutOf(why: string): { wayOut?: string } {
  if (NO_ROOM.test(why)) return { wayOut: 'make room on the disk' }
  if (/^Out of Memory/i.test(why)) return { wayOut: 'raise the limit: duckdb:the-file?memory_limit=4GB' }
  if (/Dependency Error/.test(why)) return { wayOut: 'drop what hangs on the table (an index or a FOREIGN KEY made by hand), or let Starline make it' }
  // A new start finds it as it is.
  if (/rows from index/.test(why)) return { wayOut: "make the file's indexes anew with DuckDB itself: for each row of duckdb_indexes() DROP INDEX, then run its sql. After a kill open the file with Starline before any other program does" }
  if (/^FATAL|database has been invalidated/.test(why)) return { wayOut: 'start the process again' }
  if (/disabled (by|through) configuration|external access/i.test(why)) return { wayOut: 'a read-only database reads no other files; open them with files:…' }
  if (/prepare multiple statements|No statement to prepare/i.test(why)) return { wayOut: 'write one statement: a source is one SELECT' }
  if (/^Catalog Error: .*already exists/.test(why)) return { wayOut: 'rename it or drop it, then run again' }
  if (/^(Binder|Catalog|Parser) Error/.test(why)) return { wayOut: 'correct the SQL, or what it asks for' }
  return {}
}
