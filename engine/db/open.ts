import { ConfigurationError } from '../errors.ts'
import type { Database, OpenOptions } from './connection.ts'

type Opener = (url: string, options: OpenOptions) => Promise<Database>

/** What is behind a scheme. */
interface Behind {
  /** The name of its dialect, for texts that are written for one. */
  readonly dialect: string
  /** Its driver, loaded only when it is asked for. */
  readonly opener: () => Promise<Opener>
  /** Only one process at a time can open it. */
  readonly oneProcess?: true
  /** Its sessions have `streamBytes`. */
  readonly sendsBytes?: true
  /** Its sessions have `shareMoment`. */
  readonly sharesMoments?: true
}

const mysql: Behind = { dialect: 'mysql', sendsBytes: true, opener: async () => (await import('./mysql.ts')).openMysql }
const postgres: Behind = { dialect: 'postgres', sharesMoments: true, sendsBytes: true, opener: async () => (await import('./postgres.ts')).openPostgres }
const schemes: Readonly<Record<string, Behind>> = {
  'mysql:': mysql, 'mariadb:': mysql, 'postgres:': postgres, 'postgresql:': postgres,
  'duckdb:': { dialect: 'duckdb', oneProcess: true, opener: async () => (await import('./duckdb.ts')).openDuckdb },
  'files:': { dialect: 'duckdb', opener: async () => (await import('./files.ts')).openFiles },
}

/** The schemes that a warehouse may have; a source may have those and `files:`. */
export const warehouseSchemes: readonly string[] = Object.keys(schemes).filter((scheme) => scheme !== 'files:')
export const sourceSchemes: readonly string[] = Object.keys(schemes)

/** The scheme of a URL, with its colon; '' where it has none. */
export function schemeOf(url: string): string {
  return /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0].toLowerCase() ?? ''
}

/** The name of the dialect behind a URL, told without opening it; undefined for a scheme that nobody here knows. */
export const dialectBehind = (url: string): string | undefined => schemes[schemeOf(url)]?.dialect

/** Whether the rows of a source can be had as bytes, told without opening it. */
export const isReadAsBytes = (url: string): boolean => schemes[schemeOf(url)]?.sendsBytes === true

/** Whether what several sessions read of a source can be of one moment, told without opening it. */
export const sharesMoments = (url: string): boolean => schemes[schemeOf(url)]?.sharesMoments === true

/** Whether only one process at a time can open the database behind a URL: who loads into it must be who asks for it. */
export const isOneProcess = (url: string): boolean => schemes[schemeOf(url)]?.oneProcess === true

/**
 * Opens the database behind a URL; its driver is loaded only now.
 *
 * @throws {ConfigurationError} for a scheme that nobody here knows
 * @throws {DatabaseError} where the database can't be reached
 */
export async function openDatabase(url: string, options: OpenOptions = {}): Promise<Database> {
  const behind = schemes[schemeOf(url)]
  if (behind === undefined) {
    throw new ConfigurationError(`no database is known behind ${schemeOf(url) || 'a URL without a scheme'}`, {
      wayOut: `use one of ${sourceSchemes.join(' ')}`,
    })
  }
  return (await behind.opener())(url, options)
}

/** Loads what the databases behind these URLs are reached by, before anybody asks for one. What keeps that from being done is told by whoever opens them. */
export async function loadDrivers(urls: readonly string[]): Promise<void> {
  await Promise.allSettled(urls.map(async (url) => schemes[schemeOf(url)]?.opener()))
}

/**
 * Opens one CSV file as a database with the one table `file`; see `files:` for how it is read.
 *
 * @throws {ConfigurationError} where there is no such file
 */
export async function openCsv(path: string): Promise<Database> {
  return (await import('./files.ts')).openCsv(path)
}
