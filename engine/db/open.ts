import { ConfigurationError } from '../errors.ts'
import type { Database, OpenOptions } from './connection.ts'

type Opener = (url: string, options: OpenOptions) => Promise<Database>

/** A scheme, and the driver behind it, loaded only when it is asked for. */
const openers: Readonly<Record<string, () => Promise<Opener>>> = {
  'mysql:': async () => (await import('./mysql.ts')).openMysql,
  'mariadb:': async () => (await import('./mysql.ts')).openMysql,
  'postgres:': async () => (await import('./postgres.ts')).openPostgres,
  'postgresql:': async () => (await import('./postgres.ts')).openPostgres,
  'duckdb:': async () => (await import('./duckdb.ts')).openDuckdb,
  'files:': async () => (await import('./files.ts')).openFiles,
}

/** The schemes that a warehouse may have; a source may have those and `files:`. */
export const warehouseSchemes: readonly string[] = Object.keys(openers).filter((scheme) => scheme !== 'files:')
export const sourceSchemes: readonly string[] = Object.keys(openers)

/** The scheme of a URL, with its colon; '' where it has none. */
export function schemeOf(url: string): string {
  return /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0].toLowerCase() ?? ''
}

/**
 * Opens the database behind a URL; its driver is loaded only now.
 *
 * @throws {ConfigurationError} for a scheme that nobody here knows
 * @throws {DatabaseError} where the database can't be reached
 */
export async function openDatabase(url: string, options: OpenOptions = {}): Promise<Database> {
  const opener = openers[schemeOf(url)]
  if (opener === undefined) {
    throw new ConfigurationError(`no database is known behind ${schemeOf(url) || 'a URL without a scheme'}`, {
      wayOut: `use one of ${sourceSchemes.join(' ')}`,
    })
  }
  return (await opener())(url, options)
}

/**
 * Opens one CSV file as a database with the one table `file`; see `files:` for how it is read.
 *
 * @throws {ConfigurationError} where there is no such file
 */
export async function openCsv(path: string): Promise<Database> {
  return (await import('./files.ts')).openCsv(path)
}
