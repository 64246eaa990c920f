import type { Connection, Database } from '../db/connection.ts'
import { openDatabase } from '../db/open.ts'
import { ConfigurationError } from '../errors.ts'
import type { Log } from '../log.ts'
import { didYouMean } from '../sql/did-you-mean.ts'
import type { UnderWay } from './etl.ts'
import type { Config, Entry } from './registry.ts'

/** What happens to an ETL while it runs, for whoever watches. */
export type Happening =
  | { readonly what: 'started' | 'skipped' | 'failed' }
  /** Its run has ended well: `published` where it is live already, for it waits for no other. */
  | { readonly what: 'loaded' | 'published' }
  | { readonly what: 'rows'; readonly rows: number; /** Of one range alone, of a load that is somebody else's. */ readonly range?: number }
  /** A step of the protocol was done: `locked`, `reserved`, `staged`, `swapped`, … */
  | { readonly what: 'step'; readonly step: string }

/** Somebody who may take ranges of a load: other workers, or threads of this process. */
export interface Helpers {
  /** Who they are, in words. */
  readonly whom: string
  /** How many of them could come. */
  count(entry: Entry, session: Connection): Promise<number>
  /** Waits until it is worth asking them; false where the load has shown that it isn't, or nearly ended by then. */
  areWorthwhile(load: UnderWay): Promise<boolean>
  /** Tells so many of them of a run. */
  call(entry: Entry, run: HelpedRun, count: number, load: UnderWay): Promise<void>
  /** Whether one of them is known to be on his way to this run, or at work on it. */
  areComing(run: HelpedRun): boolean
  /** Takes that back, where nobody has heard it yet. */
  dismiss(entry: Entry, run: HelpedRun, count: number): Promise<void>
}

interface HelpedRun {
  readonly runId: string
  readonly fence: number
}

/** What an ETL is run in: handed in, so that both doors run the same journey and a test is a call. */
export interface RunContext {
  readonly config: Config
  readonly warehouse: Database
  /** The database of a source, opened when it is first asked for. */
  source(name: string | undefined): Promise<Database>
  readonly refresh: { readonly id: string; readonly startedAt: string }
  readonly signal: AbortSignal
  /** A first failure keeps all others from going live. Nothing does where this is left out. */
  readonly failFast?: boolean
  /** Takes over tables that exist and aren't ours. */
  readonly adopt: boolean
  readonly worker: string
  /** Whether an ETL that fails so is tried again by itself. It never is where this is left out. */
  readonly comesAgain?: (error: unknown) => boolean
  readonly log: Log
  /** Who may take ranges of a load; nobody where this is left out. */
  readonly helpers?: readonly Helpers[]
  /** Told of everything that happens; never awaited. `entry` is undefined for what concerns the whole refresh. */
  on(happening: Happening, entry?: Entry): void
}

/** The databases of a configuration, each opened once and only when it is asked for. */
export interface Databases {
  warehouse(): Promise<Database>
  source(name: string | undefined): Promise<Database>
  close(): Promise<void>
}

/** Hands out the databases of a configuration. Opens nothing by itself. */
export function databasesOf(config: Config): Databases {
  const open = new Map<string, Promise<Database>>()
  const { connectSeconds, idleSeconds } = config.deadlines
  const once = (key: string, url: string, readOnly: boolean): Promise<Database> => {
    const known = open.get(key)
    if (known !== undefined) return known
    const opening = openDatabase(url, { readOnly, connectSeconds, idleSeconds })
    open.set(key, opening)
    // A failed attempt is not kept: the next one may find the server back.
    opening.catch(() => open.delete(key))
    return opening
  }
  return {
    warehouse: () => once('warehouse', config.warehouse, false),
    source: async (name) => once(`source ${name ?? ''}`, sourceUrl(config, name), true),
    async close() {
      const all = await Promise.allSettled(open.values())
      open.clear()
      for (const one of all) if (one.status === 'fulfilled') await one.value.close()
    },
  }
}

/** The URL of a source; of the default one where no name is given. @throws {ConfigurationError} with the nearest name where none is called so */
export function sourceUrl(config: Pick<Config, 'source' | 'sources'>, name: string | undefined): string {
  const url = name === undefined ? config.source : Object.hasOwn(config.sources, name) ? config.sources[name] : undefined
  if (url !== undefined) return url
  const meant = didYouMean(name ?? '', Object.keys(config.sources))
  throw new ConfigurationError(`no source is called ${JSON.stringify(name)}`, {
    wayOut: meant === undefined ? `add sources: { ${name}: '…' } to the configuration` : `did you mean ${meant}?`,
  })
}

export { workerName } from '../publish/holders.ts'
