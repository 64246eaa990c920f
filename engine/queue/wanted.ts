import type { Connection } from '../db/connection.ts'
import { entriesOf, labelOf } from '../etl/registry.ts'
import type { Config, Entry } from '../etl/registry.ts'
import { requestsOf } from '../publish/requests.ts'
import type { RequestEntry } from '../publish/requests.ts'
import type { RefreshAsked } from './message.ts'

/** The ETLs that a refresh was asked for, in the order of the configuration. One that is not active any more is left out. */
export async function wantedOf(session: Connection, refresh: string, config: Config): Promise<readonly Entry[]> {
  return wantedAmong(await requestsOf(session, refresh), config)
}

/** The same, of requests that were read already. */
export function wantedAmong(requests: readonly RequestEntry[], config: Config): readonly Entry[] {
  const asked = new Set(requests.map(labelOf))
  return entriesOf(config).filter((entry) => asked.has(labelOf(entry)))
}

/** What a refresh was picked of: all that is active, unless it was asked for some of it. */
export const pickedOf = (config: Config, { only }: RefreshAsked): readonly Entry[] =>
  entriesOf(config).filter((entry) => only === undefined || only.includes(labelOf(entry)))

/** The ETLs that a refresh is to load. */
export const entriesAsked = (config: Config, asked: RefreshAsked): readonly Entry[] =>
  pickedOf(config, asked).filter(({ type }) => (type === 'dimension' ? asked.runDimensions : asked.runFacts))
