/** Loaders that are wrong about what broke: the harness must catch each of them. */

import type { Flow } from '../../engine/db/flow.ts'
import type { Source } from '../../engine/source/source.ts'

/**
 * `truncates`: takes rows that ended with a lost connection for all the rows there are.
 * `guesses`: takes a publish of which no answer came for done.
 * `forgets`: forgets the last of several ranges, or the last rows that a server copies.
 */
export type Careless = 'truncates' | 'guesses' | 'forgets'

/** A source whose rows end where its connection does: in each of its ranges. */
function truncating<C extends string>(source: Source<C>): Source<C> {
  return {
    ...source,
    async read(context) {
      const { others, ...flow } = await source.read(context)
      return { ...broken(flow), ...others !== undefined && { others: others.map((part) => ({ ...part, open: async () => broken(await part.open()) })) } }
    },
  }
}

const broken = (flow: Flow): Flow =>
  ({ ...flow, rows: flow.rows.form === 'bytes' ? { ...flow.rows, of: untilItBreaks(flow.rows.of) } : { ...flow.rows, of: untilItBreaks(flow.rows.of) } })

/** A source of which the end is missing, if it comes in parts or is copied by a statement. */
function forgetting<C extends string>(source: Source<C>): Source<C> {
  return {
    ...source,
    async read(context) {
      const flow = await source.read(context)
      return { ...flow, ...flow.others !== undefined && { others: flow.others.slice(1) } }
    },
    async relate(context, warehouse) {
      const flow = await source.relate?.(context, warehouse)
      if (typeof flow !== 'object') return flow
      return { ...flow, rows: { ...flow.rows, fill: (sql) => flow.rows.fill(`${sql} LIMIT 30`) } }
    },
  }
}

export const carelessly = { truncates: truncating, forgets: forgetting } as const

async function* untilItBreaks<Batch>(batches: AsyncIterable<Batch>): AsyncGenerator<Batch> {
  try {
    yield* batches
  } catch {
    // What a driver does whose stream neither ends nor errors when its connection drops, once somebody closes it.
  }
}
