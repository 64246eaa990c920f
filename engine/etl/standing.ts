import type { Connection } from '../db/connection.ts'
import { ConfigurationError } from '../errors.ts'
import { readersOf } from '../publish/readers.ts'
import { entriesOf, labelOf } from './registry.ts'
import type { Config, Entry } from './registry.ts'

/** A live table whose rows point at the members of a dimension. */
interface Standing {
  readonly table: string
  readonly dimension: string
  /** Undefined where it is not active. */
  readonly entry: Entry | undefined
}

/**
 * Members that are loaded again get other keys, for no key is given twice: a fact that stood meanwhile would point at nobody.
 * Asked before the first table is dropped.
 *
 * @throws {ConfigurationError} with every live table that points at one of these and isn't dropped with it
 */
export async function refuseStanding(session: Connection, config: Config, dropped: readonly Entry[]): Promise<void> {
  const gone = new Set(dropped.map((entry) => tableOf(session, entry)))
  const standing: Standing[] = []
  for (const entry of dropped.filter(({ type }) => type === 'dimension')) {
    const dimension = tableOf(session, entry)
    if (await session.describe(dimension) !== undefined) standing.push(...(await pointingAt(session, config, dimension)).filter(({ table }) => !gone.has(table)))
  }
  if (standing.length === 0) return
  const isActive = standing.every(({ entry }) => entry !== undefined)
  const names = [...new Set([...dropped, ...standing.flatMap(({ entry }) => entry ?? [])].map(({ name }) => name))]
  throw new ConfigurationError('what would be dropped is pointed at by tables that would stay', {
    where: session.place, why: `${standing.map(({ table, dimension, entry }) => `${table}${entry === undefined ? ', which is not active,' : ` (${labelOf(entry)})`} points at ${dimension}`).join('; ')}; members that are loaded again get other keys`,
    wayOut: `${isActive ? `drop them together and load them again (--select ${names.join(',')})` : 'list what is not active in the configuration, or drop its table yourself'}; or drop nothing: a load keeps members and their keys`,
  })
}

const tableOf = (session: Connection, { etl }: Entry): string => etl.create.definition(session.dialect.name).table

/** The live tables that point at a dimension: as their declarations say, and as the ledger says of those that aren't active. */
async function pointingAt(session: Connection, config: Config, dimension: string): Promise<readonly Standing[]> {
  const entries = entriesOf(config)
  const declared = entries.filter(({ etl }) => {
    const { foreignKeys } = etl.create.definition(session.dialect.name)
    return Object.values(etl.uses).some((used) => used.create.definition(session.dialect.name).table === dimension) || foreignKeys.some(({ table }) => table === dimension)
  })
  const tables = new Set([...declared.map((entry) => tableOf(session, entry)), ...await readersOf(session, dimension)])
  tables.delete(dimension)
  const live: Standing[] = []
  for (const table of tables) {
    if (await session.describe(table) !== undefined) live.push({ table, dimension, entry: entries.find((entry) => tableOf(session, entry) === table) })
  }
  return live
}
