/** Loaders that are wrong about what broke: the harness must catch each of them. */

import type { Row } from '../../engine/db/flow.ts'
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
      if (flow.rows.form !== 'batches') return flow
      return { ...flow, rows: { form: 'batches', of: untilItBreaks(flow.rows.of) } }
    },
  }
}

async function* untilItBreaks(batches: AsyncIterable<readonly Row[]>): AsyncGenerator<readonly Row[]> {
  try {
    yield* batches
  } catch {
    // What a driver does whose stream neither ends nor errors when its connection drops, once somebody closes it.
  }
}
