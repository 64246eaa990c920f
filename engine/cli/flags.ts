import { ConfigurationError } from '../errors.ts'
import { queryFlags, runFlags } from './flag-table.ts'
import { readWritten } from './read-flags.ts'
import type { Written } from './read-flags.ts'

/** What a run was asked to do. */
export interface RunFlags {
  readonly testSource: boolean
  readonly dropTables: boolean
  readonly runDimensions: boolean
  readonly runFacts: boolean
  readonly select: readonly string[]
  readonly exclude: readonly string[]
  readonly dryRun: boolean
  readonly concurrency: number
  readonly failFast: boolean
  readonly adopt: boolean
  readonly yes: boolean
  readonly json: boolean
  readonly quiet: boolean
  readonly help: boolean
  readonly version: boolean
}

/** What a query was asked to do. */
export interface QueryFlags {
  readonly sql: string
  readonly source: string | undefined
  readonly json: boolean
  readonly help: boolean
  readonly version: boolean
}

/** Reads the flags of a run. @throws {ConfigurationError} where they make no sense */
export function readRunFlags(argv: readonly string[]): RunFlags {
  const written = readWritten(argv, runFlags)
  const [stray] = written.rest
  if (stray !== undefined) {
    throw new ConfigurationError(`nothing can be done with ${JSON.stringify(stray)}`, { wayOut: 'a run takes flags only; --help shows them' })
  }
  const flags: RunFlags = {
    testSource: written.flags.get('test_source') !== false,
    dropTables: isOn(written, 'drop_tables'),
    runDimensions: isOn(written, 'run_dimensions'),
    runFacts: isOn(written, 'run_facts'),
    select: names(written, 'select'),
    exclude: names(written, 'exclude'),
    dryRun: isOn(written, 'dry_run'),
    concurrency: count(written, 'concurrency', 1),
    failFast: isOn(written, 'fail_fast'),
    adopt: isOn(written, 'adopt'),
    yes: isOn(written, 'yes'),
    json: isOn(written, 'json'),
    quiet: isOn(written, 'quiet'),
    help: isOn(written, 'help'),
    version: isOn(written, 'version'),
  }
  if (!flags.testSource && !flags.dryRun && !changes(flags) && !flags.help && !flags.version) {
    throw new ConfigurationError('there is nothing to do', { wayOut: 'add --run_dimensions or --run_facts, or leave --no-test_source out' })
  }
  return flags
}

/** Whether a run changes anything; otherwise it only tests its sources. */
export const changes = ({ dropTables, runDimensions, runFacts }: RunFlags): boolean => dropTables || runDimensions || runFacts

/** Reads the command line of a query. @throws {ConfigurationError} where it isn't one statement */
export function readQueryFlags(argv: readonly string[]): QueryFlags {
  const written = readWritten(argv, queryFlags)
  const [sql = '', stray] = written.rest
  const flags: QueryFlags = {
    sql: sql.trim().replace(/\s*;\s*$/, ''),
    source: names(written, 'source')[0],
    json: isOn(written, 'json'),
    help: isOn(written, 'help'),
    version: isOn(written, 'version'),
  }
  if (flags.help || flags.version) return flags
  if (stray !== undefined) throw new ConfigurationError('a query is one text', { wayOut: 'put the whole SELECT into quotes' })
  if (flags.sql === '') throw new ConfigurationError('the SQL is missing', { wayOut: 'write: npx starline query "select …"' })
  return flags
}

const isOn = ({ flags }: Written, name: string): boolean => flags.get(name) === true

function names({ flags }: Written, name: string): readonly string[] {
  const value = flags.get(name)
  return Array.isArray(value) ? value : []
}

function count(written: Written, name: string, otherwise: number): number {
  const [text] = names(written, name)
  if (text === undefined) return otherwise
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= 1 && value <= 100) return value
  throw new ConfigurationError(`--${name} wants a whole number from 1 to 100, not ${JSON.stringify(text)}`, { wayOut: `write --${name} 2` })
}
