import { existsSync } from 'node:fs'

/** The ancestor's names: a host, a database, a user and a password, one variable each. */
const ancestors: Readonly<Record<string, string>> = { ETL_SOURCE: 'ETL_SOURCE', ETL_WAREHOUSE: 'ETL_OUTPUT' }

let dotenvRead = false

/**
 * A value from the environment, or a fallback. A `.env` file in the working folder is read first; it never overrides
 * what is set.
 *
 * Where ETL_SOURCE or ETL_WAREHOUSE is not set but its parts are (`ETL_SOURCE_HOST`, `_DB`, `_USER`, `_PWD`;
 * `ETL_OUTPUT_…` for the warehouse), the MySQL URL is made of them. Parts without a host give '', never the fallback: whoever
 * meant a server gets no other rows, and `defineConfig` reports it.
 *
 * @example env('ETL_SOURCE', 'files:examples/notes')
 */
export function env(name: string, fallback: string): string
/** The same without a fallback: '' where it isn't set, which `defineConfig` reports with its path. */
export function env(name: string): string
export function env(name: string, fallback = ''): string {
  readDotenv()
  const value = process.env[name]
  if (value !== undefined && value !== '') return value
  return fromParts(ancestors[name]) ?? fallback
}

function readDotenv(): void {
  if (dotenvRead) return
  dotenvRead = true
  if (existsSync('.env')) process.loadEnvFile('.env')
}

function fromParts(prefix: string | undefined): string | undefined {
  const part = (suffix: string): string => process.env[`${prefix}_${suffix}`] ?? ''
  if (prefix === undefined) return undefined
  if (part('HOST') === '') return ['DB', 'USER', 'PWD'].some((suffix) => part(suffix) !== '') ? '' : undefined
  const user = encodeURIComponent(part('USER'))
  const password = part('PWD') === '' ? '' : `:${encodeURIComponent(part('PWD'))}`
  return `mysql://${user}${password}${user === '' ? '' : '@'}${part('HOST')}/${encodeURIComponent(part('DB'))}`
}
