import { entriesOf } from '../etl/registry.ts'
import type { Config } from '../etl/registry.ts'
import { BusyError, StoppedError } from '../errors.ts'
import type { TableDefinition } from '../sql/create.ts'
import { failuresOf } from './outcome.ts'
import type { Outcome } from './outcome.ts'

/** The next command to try: a look at what was loaded, or the shortest way to try again what failed. */
export function nextCommand(config: Config, outcome: Outcome): string[] {
  const command = failuresOf(outcome).length === 0 ? look(config, outcome) : again(outcome)
  return command === undefined ? [] : [`Next: ${command}`]
}

function again(outcome: Outcome): string | undefined {
  if (failuresOf(outcome).some((failure) => failure instanceof StoppedError)) return undefined
  const { sources = [], report, error, refresh, byWorkers } = outcome
  const untested = sources.filter((source) => source.error !== undefined).map(({ entry }) => entry.name)
  if (untested.length > 0) return `npx starline run --test_source --select ${untested.join(',')}`
  const failed = (report?.etls ?? []).filter(({ status }) => status === 'failed' || status === 'skipped' || (status === 'loaded' && report?.heldBack !== undefined))
  if (error !== undefined || failed.every((each) => each.error instanceof BusyError)) return undefined
  if (byWorkers === true && refresh !== undefined) return `npx starline retry ${refresh}`
  const steps = (['dimension', 'fact'] as const).flatMap((type) => (failed.some((each) => each.type === type) ? [`--run_${type}s`] : []))
  return `npx starline run ${steps.join(' ')} --select ${failed.map(({ name }) => name).join(',')}`
}

/** What it takes to be worth a look: a few members. */
const aFew = 3

function look(config: Config, { sources, report }: Outcome): string | undefined {
  if (report === undefined) return sources === undefined ? undefined : 'npx starline run --run_dimensions --run_facts'
  const known = new Set(report.etls.filter(({ type, status, result }) => type === 'dimension' && status === 'published' && (result?.[2] ?? 0) >= aFew)
    .map(({ name }) => name))
  const tables = entriesOf(config).filter(({ type, name }) => type === 'dimension' && known.has(name))
    .map(({ etl }) => etl.create.definition()).map((definition) => ({ table: definition.table, columns: telling(definition) }))
  // A table whose members have a plain name reads best.
  const best = tables.find(({ columns }) => columns.length === 3 && columns[1] === 'name') ?? tables.find(({ columns }) => columns.length > 0)
  return best && `npx starline query "select ${best.columns.join(', ')} from ${best.table} limit 3"`
}

/** Three columns that tell a member: the one it is known by, its first text and its last one. */
function telling({ columns, primaryKey }: TableDefinition): string[] {
  const own = columns.filter(({ name, type }) => type !== 'KEY' && !primaryKey.includes(name)).map(({ name, type }) => ({ name, isText: /CHAR|TEXT/i.test(type) }))
  const texts = own.filter(({ isText }) => isText)
  return [...new Set([own[0], texts[0], texts.at(-1)].flatMap((column) => column?.name ?? []))]
}
