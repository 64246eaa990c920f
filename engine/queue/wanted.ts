import type { Connection } from '../db/connection.ts'
import { entriesOf, labelOf } from '../etl/registry.ts'
import type { Config, Entry } from '../etl/registry.ts'
import { requestsOf } from '../publish/requests.ts'

/** The ETLs that a refresh was asked for, in the order of the configuration. One that is not active any more is left out. */
export async function wantedOf(session: Connection, refresh: string, config: Config): Promise<readonly Entry[]> {
  const asked = (await requestsOf(session, refresh)).map(labelOf)
  return entriesOf(config).filter((entry) => asked.includes(labelOf(entry)))
}
