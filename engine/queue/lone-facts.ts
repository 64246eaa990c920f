import { ConfigurationError } from '../errors.ts'
import { labelOf } from '../etl/registry.ts'
import type { Config } from '../etl/registry.ts'
import type { RefreshAsked } from './message.ts'
import { pickedOf } from './wanted.ts'

/** Facts that are to be loaded after their dimensions were dropped would find nobody: nothing is dropped then. @throws {ConfigurationError} */
export function refuseLoneFacts(config: Config, asked: RefreshAsked): void {
  const { runDimensions, runFacts, dropTables } = asked
  if (!dropTables || runDimensions || !runFacts) return
  const entries = pickedOf(config, asked)
  const dropped = entries.filter(({ type }) => type === 'dimension').map(({ etl }) => etl)
  const lone = entries.filter(({ type, etl }) => type === 'fact' && Object.values(etl.uses).some((used) => dropped.includes(used)))
  if (lone.length === 0) return
  throw new ConfigurationError('dropTables would drop the dimensions that the facts look their keys up in', {
    where: lone.map(labelOf).join(', '), wayOut: 'load the dimensions with them: runDimensions: true, or leave dropTables out',
  })
}
