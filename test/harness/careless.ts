/** Loaders that are wrong about what broke: the harness must catch each of them. */

import type { Source } from '../../engine/source/source.ts'

/**
 * `truncates`: takes rows that ended with a lost connection for all the rows there are.
 * `guesses`: takes a publish of which no answer came for done.
 */
export type Careless = 'truncates' | 'guesses'

/** A source whose rows end where its connection does. */
export function truncating<C extends string>(source: Source<C>): Source<C> {
  return {
    ...source,
    async read(context) {
      const flow = await source.read(context)
      const rows = flow.rows.form === 'bytes' ? { ...flow.rows, of: untilItBreaks(flow.rows.of) } : { ...flow.rows, of: untilItBreaks(flow.rows.of) }
      return { ...flow, rows }
    },
  }
}

async function* untilItBreaks<Batch>(batches: AsyncIterable<Batch>): AsyncGenerator<Batch> {
  try {
    yield* batches
  } catch {
    // What a driver does whose stream neither ends nor errors when its connection drops, once somebody closes it.
  }
}
