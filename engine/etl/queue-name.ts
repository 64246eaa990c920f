import { ConfigurationError } from '../errors.ts'
import { didYouMean } from '../sql/did-you-mean.ts'
import { entriesOf } from './registry.ts'
import type { Config, Entry } from './registry.ts'

/** The queue of every ETL that names none. */
const defaultQueue = 'default'

/** The name of the queue that an ETL's jobs wait in, as people know it. */
export const queueNameOf = ({ etl }: Pick<Entry, 'etl'>): string => etl.queue ?? defaultQueue

/** What a declaration says of its queue, for who hands it on. */
export const queueOption = ({ queue }: { readonly queue?: string }): { readonly queue?: string } => (queue === undefined ? {} : { queue })

/** What is wrong with the name of an ETL's queue: a sentence, or none. */
export function queueProblems({ etl: { queue } }: Entry): string[] {
  if (queue === undefined || /^[a-z][a-z0-9_-]{0,39}$/.test(queue)) return []
  return [`queue is ${JSON.stringify(queue)}, and the name of a queue is snake_case or kebab-case, begins with a letter and has at most 40 characters`]
}

/** The queues that the active ETLs wait in, the default one first. */
const queueNames = (config: Pick<Config, 'dimensions' | 'facts'>): readonly string[] => [...new Set([defaultQueue, ...entriesOf(config).map(queueNameOf)])]

/** The queues of these names; all where none is given. @throws {ConfigurationError} for a name that no active ETL has, with the nearest one */
export function pickQueues(config: Pick<Config, 'dimensions' | 'facts'>, names: readonly string[]): readonly string[] {
  const known = queueNames(config)
  for (const name of names) {
    if (known.includes(name)) continue
    const meant = didYouMean(name, known)
    throw new ConfigurationError(`no active ETL waits in a queue called ${JSON.stringify(name)}`, {
      wayOut: meant === undefined ? `there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}` : `did you mean ${meant}?`,
    })
  }
  return names.length === 0 ? known : known.filter((name) => names.includes(name))
}
