import { DataError, StarlineError } from '../../errors.ts'
import { didYouMean } from '../../sql/did-you-mean.ts'
import { foldName } from '../../sql/identifiers.ts'
import { CAST_MARK } from './casts.ts'

/** What of DuckDB's words a reader of files understands: a value that isn't as declared, or a column that is in none of these headers. */
export function explained(error: unknown, headers: ReadonlyMap<string, readonly string[]>): unknown {
  if (!(error instanceof StarlineError)) return error
  const at = (error.why ?? '').indexOf(CAST_MARK)
  if (at < 0) return lacking(error, headers) ?? error
  return new DataError('a value is not of the type that schema.sql declares', {
    why: (error.why ?? '').slice(at + CAST_MARK.length), cause: error, wayOut: 'correct the file, or declare the column as VARCHAR',
  })
}

const NO_COLUMN = /Referenced column "(.+?)" not found|does not have a column named "(.+?)"/

/** A query that names a column which no header has; nothing where it is about anything else. */
function lacking(error: StarlineError & { readonly code?: string }, headers: ReadonlyMap<string, readonly string[]>): DataError | undefined {
  const [, bare, qualified] = error.code === 'Binder' ? NO_COLUMN.exec(error.why ?? '') ?? [] : []
  const name = bare ?? qualified
  const names = [...headers.values()].flat()
  if (name === undefined || names.length === 0 || names.some((each) => foldName(each) === foldName(name))) return undefined
  const meant = didYouMean(name, names)
  return new DataError(headers.size === 1 ? `the file has no column ${name}` : `none of the files has a column ${name}`, {
    ...headers.size === 1 ? { where: [...headers.keys()].join() } : error.where !== undefined && { where: error.where }, why: [...headers].map(([shown, columns]) => `${headers.size === 1 ? 'its header names' : `the header of ${shown} names`} ${columns.join(', ')}`).join('; '), cause: error,
    wayOut: meant === undefined ? 'name it in the header, or take it out of the query' : `did you mean ${meant}? Else name it in the header`,
  })
}
