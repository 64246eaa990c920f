import { z } from 'zod'
import { schemeOf, sourceSchemes, warehouseSchemes } from './db/open.ts'
import { ConfigurationError, messageOf } from './errors.ts'
import type { Etl } from './etl/etl.ts'
import { entriesOf, labelOf } from './etl/registry.ts'
import type { Config, Entry } from './etl/registry.ts'
import { ledgerTables } from './publish/ledger.ts'
import { keepSecret, redact } from './redact.ts'
import type { TableDefinition } from './sql/create.ts'

/** What a team writes in `config.ts`. */
export interface ConfigSpec {
  /** The default source: `mysql://…`, `duckdb:path` or `files:folder`. */
  readonly source: string
  /** Further sources by name, for `source('crm', …)`. */
  readonly sources?: Readonly<Record<string, string>>
  /** The warehouse: `mysql://…` or `duckdb:path`. */
  readonly warehouse: string
  /** The queue's Redis, for workers. Default `redis://127.0.0.1:6379`. */
  readonly queue?: string
  /** The folder of the log files; false for none. Default `etl-logs`. */
  readonly logs?: string | false
  readonly limits?: {
    /** Seconds until a connection must stand. Default 10. */
    readonly connectSeconds?: number
    /** Seconds without a row from a source, or without progress of a load, until it is an error. Default 300. */
    readonly idleSeconds?: number
  }
  /** The active dimensions: exactly what is listed, in the report's order. */
  readonly dimensions: Readonly<Record<string, Etl & { readonly type: 'dimension' }>>
  /** The active facts. */
  readonly facts: Readonly<Record<string, Etl & { readonly type: 'fact' }>>
}

const seconds = z.number().positive().finite()
const etl = (type: string) => z.custom<Etl>((value) => (value as Etl | undefined)?.type === type, {
  error: `is no ${type}: make it with ${type === 'fact' ? 'transaction(…)' : 'scd1(…), scd2(…) or date(…)'}`,
})
const shape = z.strictObject({
  source: z.string().min(1),
  sources: z.record(z.string(), z.string().min(1)).default({}),
  warehouse: z.string().min(1),
  queue: z.string().min(1).default('redis://127.0.0.1:6379'),
  logs: z.union([z.string().min(1), z.literal(false)]).default('etl-logs'),
  limits: z.strictObject({ connectSeconds: seconds.default(10), idleSeconds: seconds.default(300) })
    .default({ connectSeconds: 10, idleSeconds: 300 }),
  dimensions: z.record(z.string(), etl('dimension')),
  facts: z.record(z.string(), etl('fact')),
})

/**
 * Declares where from, where to, and which ETLs are active. Checks everything at once and freezes it; opens nothing.
 *
 * @throws {ConfigurationError} with every problem, the path to it, and the way out
 * @example
 * export default defineConfig({
 *   source: 'files:examples/notes', warehouse: 'duckdb:etl-data/warehouse.duckdb',
 *   dimensions: { school }, facts: {},
 * })
 */
export function defineConfig(spec: ConfigSpec): Config {
  const read = shape.safeParse(spec)
  if (!read.success) throw wrong(read.error.issues.map(({ path, message }) => `${path.join('.') || 'config'}: ${message}`))
  const { logs, ...rest } = read.data
  const config: Config = { ...rest, logs: logs === false ? undefined : logs, dimensions: spec.dimensions, facts: spec.facts }
  for (const url of [config.source, config.warehouse, config.queue, ...Object.values(config.sources)]) keepPassword(url)
  const problems = [...urlProblems(config), ...etlProblems(entriesOf(config))]
  if (problems.length > 0) throw wrong(problems)
  return Object.freeze(config)
}

function wrong(problems: readonly string[]): ConfigurationError {
  const many = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  return new ConfigurationError(redact(`the configuration has ${many}\n${problems.map((problem) => `  - ${problem}`).join('\n')}\n`))
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

function urlProblems({ source, sources, warehouse, queue }: Config): string[] {
  return [
    ...schemeProblem('source', source, sourceSchemes),
    ...Object.entries(sources).flatMap(([name, url]) => schemeProblem(`sources.${name}`, url, sourceSchemes)),
    ...schemeProblem('warehouse', warehouse, warehouseSchemes),
    ...schemeProblem('queue', queue, ['redis:', 'rediss:']),
  ]
}

function schemeProblem(path: string, url: string, allowed: readonly string[]): string[] {
  const scheme = schemeOf(url)
  if (allowed.includes(scheme)) return []
  return [`${path}: ${scheme === '' ? 'has no scheme' : `nothing is known behind ${scheme}`}; use one of ${allowed.join(' ')}`]
}

function etlProblems(entries: readonly Entry[]): string[] {
  const read = entries.map((entry) => ({ entry, ...definitionOf(entry) }))
  const own = read.flatMap(({ entry, definition, problem }) => {
    const path = `${entry.type}s.${entry.name}`
    const found = problem === undefined ? entry.etl.problems(definition as TableDefinition) : [problem]
    return [...nameProblems(entry), ...found].map((text) => `${path}: ${text}`)
  })
  return [...own, ...doubledNames(entries), ...tableProblems(read)]
}

function definitionOf({ etl: { create } }: Entry): { definition?: TableDefinition; problem?: string } {
  try {
    return { definition: create.definition() }
  } catch (error) {
    return { problem: messageOf(error) }
  }
}

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
