import { configShape, isEtl, THE_VARIABLE } from './config-shape.ts'
import { takeEnvReads } from './env.ts'
import { ConfigurationError, messageOf } from './errors.ts'
import type { Etl } from './etl/etl.ts'
import { cycleIn } from './etl/graph.ts'
import { queueProblems } from './etl/queue-name.ts'
import { entriesOf, labelOf } from './etl/registry.ts'
import type { Config, Entry, PublishMode } from './etl/registry.ts'
import { frozen } from './frozen.ts'
import { originsOf, withOrigins } from './origins.ts'
import type { Origin } from './origins.ts'
import { ledgerTables } from './publish/ledger.ts'
import { keepSecret, redact } from './redact.ts'
import type { TableDefinition } from './sql/create.ts'
import type { Source } from './source/source.ts'
import { didYouMean } from './sql/did-you-mean.ts'

/** What a team writes in `config.ts`. */
export interface ConfigSpec {
  /** The default source: `mysql://…`, `postgres://…`, `duckdb:path` or `files:folder`. */
  readonly source: string
  /** Further sources by name, for `source('crm', …)`. */
  readonly sources?: Readonly<Record<string, string>>
  /** The warehouse: `mysql://…`, `postgres://…` or `duckdb:path`. */
  readonly warehouse: string
  /** Where workers and those who add jobs meet: `redis://…`, `rediss://…`, `postgres://…`, or `embedded`, which is this process alone. Default `embedded`. */
  readonly queue?: string
  /** The folder of the log files; false for none. Default `etl-logs`. */
  readonly logs?: string | false
  /**
   * When what was loaded goes live. `together`: what succeeds, and depends on nothing that failed, in one atomic step at the
   * end. `all-or-nothing`: the same, and nothing where anything failed. `each`: each table by itself, as soon as it is
   * loaded. Default `together`.
   */
  readonly publish?: PublishMode
  /**
   * How many extracts may read a source at once, over all workers and command lines of this warehouse, by the source's name:
   * `{ crm: 4, default: 8 }`. Default: as many as there are.
   */
  readonly limits?: Readonly<Record<string, number>>
  readonly deadlines?: {
    /** Seconds until a connection must stand. Default 10. */
    readonly connectSeconds?: number
    /** Seconds without a row from a source, or without progress of a load, until it is an error. Default 300. */
    readonly idleSeconds?: number
    /** Seconds until one attempt at an ETL must have ended. Default 43,200: 12 hours. */
    readonly etlSeconds?: number
    /** Seconds until a refresh must have loaded everything. What has not ended by then is stopped. Default 86,400: a day. */
    readonly refreshSeconds?: number
  }
  /** The active dimensions: exactly what is listed, in the report's order. */
  readonly dimensions: Readonly<Record<string, Etl & { readonly type: 'dimension' }>>
  /** The active facts. */
  readonly facts: Readonly<Record<string, Etl & { readonly type: 'fact' }>>
}

/**
 * Declares where from, where to, and which ETLs are active. Checks everything at once and freezes it to its depth, but for
 * what has a class or methods of your own; opens nothing.
 *
 * @throws {ConfigurationError} with every problem, the path to it, and the way out
 * @example
 * export default defineConfig({
 *   source: 'files:examples/notes', warehouse: 'duckdb:etl-data/warehouse.duckdb',
 *   dimensions: { school }, facts: {},
 * })
 */
export function defineConfig(spec: ConfigSpec): Config {
  const reads = takeEnvReads()
  keepPasswords(spec)
  const read = configShape().safeParse(spec)
  const told = spec !== null && typeof spec === 'object' ? originsOf(spec, spec, reads) : []
  const shapeProblems = read.error?.issues.map(({ path, message }) => `${path.join('.') || 'config'}: ${named(message, path.join('.'), told)}`) ?? []
  const problems = [...shapeProblems, ...limitProblems(spec), ...etlProblems(entriesOf(usable(spec)))]
  if (!read.success || problems.length > 0) throw withOrigins(wrong(problems), told)
  const { logs, ...rest } = read.data
  // Lists of their own: what was handed in stays as free as it was, but for the ETLs themselves.
  const config: Config = { ...rest, logs: logs === false ? undefined : logs, dimensions: { ...spec.dimensions }, facts: { ...spec.facts } }
  return frozen(withOrigins(config, originsOf(spec, read.data, reads)))
}

/** The variable that gave an empty value, by its name, where that is known. */
function named(message: string, at: string, origins: readonly Origin[]): string {
  const [name] = origins.find(({ path, value }) => path === at && value === '')?.variables ?? []
  return name === undefined ? message : message.replace(THE_VARIABLE, `the variable ${name}`)
}

/** The ETLs that can be looked at further, so that what is wrong beside them is said at the same time. */
function usable(spec: Partial<ConfigSpec> | undefined): Pick<Config, 'dimensions' | 'facts'> {
  return { dimensions: only('dimension', spec?.dimensions), facts: only('fact', spec?.facts) }
}

const only = (type: string, etls: Readonly<Record<string, Etl>> = {}): Record<string, Etl> =>
  Object.fromEntries(Object.entries(etls).filter(([, each]) => isEtl(type, each)))

function wrong(problems: readonly string[]): ConfigurationError {
  const many = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  return new ConfigurationError(`the configuration has ${many}`, { problems: problems.map(redact) })
}

function keepPasswords(spec: Partial<ConfigSpec> | undefined): void {
  for (const each of [spec?.source, spec?.warehouse, spec?.queue, ...Object.values(spec?.sources ?? {})]) {
    if (typeof each === 'string') keepPassword(each)
  }
}

function keepPassword(url: string): void {
  const [, password] = /^[a-z][a-z0-9+.-]*:\/\/[^/@]*?:([^/]*)@/i.exec(url) ?? []
  if (password === undefined) return
  keepSecret(password)
  try {
    keepSecret(decodeURIComponent(password))
  } catch {
    // Not percent-encoded text: the text itself is the secret.
  }
}

function etlProblems(entries: readonly Entry[]): string[] {
  const misspelt = entries.map((entry) => ({ entry, problems: spellingOf(entry) })).filter(({ problems }) => problems.length > 0)
  const read = entries.filter((entry) => !misspelt.some((one) => one.entry === entry)).map((entry) => ({ entry, ...definitionOf(entry) }))
  const own = read.flatMap(({ entry, definition, problem }) => {
    const path = `${entry.type}s.${entry.name}`
    const found = problem === undefined ? entry.etl.problems(definition as TableDefinition) : [problem]
    return [...nameProblems(entry), ...queueProblems(entry), ...found].map((text) => `${path}: ${text}`)
  })
  const misspellings = misspelt.flatMap(({ entry, problems }) => problems.map((text) => `${entry.type}s.${entry.name}: ${text}`))
  return [...misspellings, ...own, ...doubledNames(entries), ...tableProblems(read), ...cycleProblems(read)]
}

/** ETLs that wait for each other would wait for ever. */
function cycleProblems(read: readonly { entry: Entry; definition?: TableDefinition }[]): string[] {
  // One that can't be read is told of already, and has no table here.
  const tables = new Map(read.map(({ entry, definition }) => [entry.etl, definition?.table ?? '']))
  const cycle = cycleIn(entriesWithTables(read), (used) => tables.get(used) ?? '?')
  const [first] = cycle ?? []
  return first === undefined ? [] : [`${first.type}s.${first.name}: ${[...cycle ?? [], first].map(labelOf).join(' needs ')}; let one of them do without the other`]
}

const entriesWithTables = (read: readonly { entry: Entry; definition?: TableDefinition }[]): Entry[] =>
  read.flatMap(({ entry, definition }) => (definition === undefined ? [] : [entry]))

/** A declaration in which a name is wrong is not looked at any further: what it lacks may be what was meant. */
const spellingOf = ({ etl: { spelling = [], source } }: Entry): readonly string[] =>
  [...spelling, ...(source as Source | undefined)?.problems?.map((text) => `its source: ${text}`) ?? []]

function definitionOf({ etl: { create } }: Entry): { definition?: TableDefinition; problem?: string } {
  try {
    return { definition: create.definition() }
  } catch (error) {
    return { problem: messageOf(error) }
  }
}

/** A limit of a source that nobody has would limit nothing. */
function limitProblems(spec: Partial<ConfigSpec> | undefined): string[] {
  const known = ['default', ...keysOf(spec?.sources)]
  return keysOf(spec?.limits).filter((name) => !known.includes(name)).map((name) => {
    const meant = didYouMean(name, known)
    return `limits.${name}: no source is called ${name}; ${meant === undefined ? `there are ${known.join(', ')}` : `did you mean ${meant}?`}`
  })
}

const keysOf = (given: unknown): string[] => (given !== null && typeof given === 'object' ? Object.keys(given) : [])

const nameProblems = ({ name }: Entry): string[] => (/^[a-z][a-z0-9_]{0,47}$/.test(name) ? []
  : ['a name is snake_case, begins with a letter and has at most 48 characters'])

function doubledNames(entries: readonly Entry[]): string[] {
  return entries.filter(({ name }, i) => entries.findIndex((entry) => entry.name === name) !== i)
    .map((entry) => `${entry.type}s.${entry.name}: a dimension has this name already; give one of the two another`)
}

/** Every table belongs to one ETL, and the ledger's and the private names belong to nobody. */
function tableProblems(read: readonly { entry: Entry; definition?: TableDefinition }[]): string[] {
  const owners = new Map<string, Entry>()
  return read.flatMap(({ entry, definition }) => {
    if (definition === undefined) return []
    const path = `${entry.type}s.${entry.name}`
    const table = definition.table.toLowerCase()
    const owner = owners.get(table)
    owners.set(table, owner ?? entry)
    return [
      ...(owner === undefined ? [] : [`${path}: table ${definition.table} is ${labelOf(owner)}'s already`]),
      ...(ledgerTables.includes(table) ? [`${path}: table ${definition.table} is the ledger's`] : []),
      ...(/__[a-z]\d+$/.test(table) ? [`${path}: table names that end like ${definition.table} are kept for staging`] : []),
    ]
  })
}
