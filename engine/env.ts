import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'

/** The ancestor's names: a host, a database, a user and a password, one variable each. */
const ancestors: Readonly<Record<string, string>> = { ETL_SOURCE: 'ETL_SOURCE', ETL_WAREHOUSE: 'ETL_OUTPUT' }

/** Where a value of `env` came from: the environment, the file `.env`, the ancestor's variables, or the fallback beside it. */
export interface EnvRead {
  readonly name: string
  readonly value: string
  readonly from: 'environment' | '.env' | 'parts' | 'fallback'
}

let dotenvRead = false
/** What `.env` has set, which the environment had not. */
const ofDotenv = new Set<string>()
/** A value is a text and can't say where it is from: `defineConfig`, which is called next, takes this along. */
let reads: EnvRead[] = []

/** What was read since the last time, in the order of reading. */
export function takeEnvReads(): readonly EnvRead[] {
  const taken = reads
  reads = []
  return taken
}

/**
 * A value from the environment, or a fallback. A `.env` file in the working folder is read first; it never overrides
 * what is set. A variable that is empty counts as not set.
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
  const found = find(name, fallback)
  reads.push(found)
  return found.value
}

function find(name: string, fallback: string): EnvRead {
  const value = process.env[name]
  if (value !== undefined && value !== '') return { name, value, from: ofDotenv.has(name) ? '.env' : 'environment' }
  const made = fromParts(ancestors[name])
  return made === undefined ? { name, value: fallback, from: 'fallback' } : { name: `${ancestors[name]}_HOST`, value: made, from: 'parts' }
}

function readDotenv(): void {
  if (dotenvRead) return
  dotenvRead = true
  if (!existsSync('.env')) return
  for (const [name, value] of Object.entries(parseEnv(readFileSync('.env', 'utf8')))) {
    // What is set to nothing is not set.
    if ((process.env[name] ?? '') !== '' || value === undefined) continue
    process.env[name] = value
    ofDotenv.add(name)
  }
}

function fromParts(prefix: string | undefined): string | undefined {
  const part = (suffix: string): string => process.env[`${prefix}_${suffix}`] ?? ''
  if (prefix === undefined) return undefined
  if (part('HOST') === '') return ['DB', 'USER', 'PWD'].some((suffix) => part(suffix) !== '') ? '' : undefined
  const user = encodeURIComponent(part('USER'))
  const password = part('PWD') === '' ? '' : `:${encodeURIComponent(part('PWD'))}`
  return `mysql://${user}${password}${user === '' ? '' : '@'}${part('HOST')}/${encodeURIComponent(part('DB'))}`
}
