/** A source whose rows are drawn, and may be drawn anew between two loads. */

import { duckdbDialect } from '../../engine/db/duckdb/dialect.ts'
import type { Source } from '../../engine/source/source.ts'
import type { Drawn } from './drawn.ts'
import { drawn } from './drawn.ts'
import { flowOf } from './drawn-flow.ts'

export interface DrawnSource extends Source<string, Record<string, unknown>> {
  /** From now on these are its rows. */
  draw(text: string): void
}

export function drawnSource(text: string): DrawnSource {
  let table: Drawn = drawn(text)
  return {
    from: undefined,
    text: 'drawn by a test',
    columns: undefined,
    read: async () => flowOf(table, { dialect: duckdbDialect }),
    draw(again) { table = drawn(again) },
  }
}
