import type { Connection, Database } from '../db/connection.ts'
import { openDatabase } from '../db/open.ts'
import { ConfigurationError } from '../errors.ts'
import type { Config } from '../etl/registry.ts'
import { withSession } from '../etl/sessions.ts'
import { refreshIn, refreshesIn } from '../publish/standing.ts'
import type { RefreshStanding } from '../publish/standing.ts'
import { didYouMean } from '../sql/did-you-mean.ts'
import { loadConfig } from '../load-config.ts'
import type { Door } from './door.ts'
import { untilStopped } from './stop.ts'
import type { Stop } from './stop.ts'
import type { Written } from './written.ts'

/** Where the ledger is asked, or told. */
export interface AtLedger {
  readonly config: Config
  readonly warehouse: Database
  readonly session: Connection
  readonly stop: Stop
}

/** Does a piece of work on the ledger of the configuration's warehouse. Its exit code, or that of a signal that came meanwhile. */
export async function atLedger(door: Door, readOnly: boolean, work: (at: AtLedger) => Promise<number>): Promise<number> {
  const config = await loadConfig(door.config)
  return untilStopped(async (stop) => {
    const warehouse = await openDatabase(config.warehouse, { readOnly, connectSeconds: config.deadlines.connectSeconds, ...readOnly && { orEmpty: true } })
    try {
      return await withSession(warehouse, stop.signal, (session) => work({ config, warehouse, session, stop }))
    } finally {
      await warehouse.close()
    }
  })
}

/** The one word that follows a command. @throws {ConfigurationError} where there is none, or another one */
export function onlyWord({ _: [word, stray] }: Written, command: string, takes: string): string {
  if (word === undefined) throw new ConfigurationError(`${takes} is missing`, { wayOut: `write: npx starline ${command} <${takes.replaceAll('the ', '').replace(' or ', '|').toLowerCase()}>; npx starline status shows those that there are` })
  if (stray !== undefined) throw new ConfigurationError(`nothing can be done with ${JSON.stringify(stray)}`, { wayOut: `${command} takes one word` })
  return String(word)
}

/** How many refreshes that have ended are looked through for a name. */
const looked = 500

/** The refresh of this name, or of this end of a name. @throws {ConfigurationError} where there is none, or more than one */
export async function refreshCalled(session: Connection, name: string): Promise<RefreshStanding> {
  const found = await refreshIn(session, name)
  if (found !== undefined) return found
  const all = await refreshesIn(session, looked)
  const [one, ...others] = all.filter(({ id }) => name.length >= 4 && id.endsWith(name))
  if (one !== undefined && others.length === 0) return one
  const meant = didYouMean(name, all.map(({ id }) => id))
  throw new ConfigurationError(one === undefined ? `the ledger knows no refresh ${JSON.stringify(name)}` : `${others.length + 1} refreshes end with ${JSON.stringify(name)}`, {
    where: session.place, wayOut: meant === undefined ? 'npx starline status shows the newest ones' : `did you mean ${meant}?`,
  })
}
